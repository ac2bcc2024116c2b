/** Outlines of the app's icons in a 24 × 24 box, drawn with a stroke of 2. Each value is an SVG path. */
export const ICONS = {
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  check: "M4 12.5l5.5 5.5L20 7",
  cross: "M6 6l12 12M18 6L6 18",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  undo: "M9 14L4 9l5-5M4 9h10a6 6 0 010 12h-3",
  search: "M11 18a7 7 0 100-14 7 7 0 000 14zM16 16l5 5",
  list: "M8 6h13M8 12h13M8 18h13M3.5 6h.01M3.5 12h.01M3.5 18h.01",
  send: "M21 3L10 14M21 3l-7 18-4-7-7-4 18-7z",
  person: "M12 12a4.5 4.5 0 100-9 4.5 4.5 0 000 9zM3.5 21a8.5 8.5 0 0117 0",
  camera: "M4 8h3l2-3h6l2 3h3v12H4zM12 17.5a4 4 0 100-8 4 4 0 000 8z",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  pin: "M12 21s7-6.4 7-11.5A7 7 0 005 9.500C5 14.600 12 21 12 21zM12 12a2.500 2.500 0 100-5 2.500 2.500 0 000 5z",
  pen: "M4 20l1-5L16 4l4 4L9 19z",
  refresh: "M20 11a8 8 0 10-2.500 6.500M20 5v6h-6",
  warning: "M12 4L2.500 20h19zM12 10v5M12 17.500h.01",
  info: "M12 21a9 9 0 100-18 9 9 0 000 18zM12 11v6M12 7.500h.01",
  cloud: "M7 18a4.500 4.500 0 010-9 6 6 0 0111.500 1.500A3.800 3.800 0 0118 18z",
  clock: "M12 21a9 9 0 100-18 9 9 0 000 18zM12 7v5l3.500 2",
  phone: "M5 3h4l2 5-2.500 2a12 12 0 005.500 5.500L16 13l5 2v4a2 2 0 01-2 2A16 16 0 013 5a2 2 0 012-2z",
  home: "M3 11l9-8 9 8M6 9v11h12V9",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  sound: "M12 15a3 3 0 003-3V6a3 3 0 00-6 0v6a3 3 0 003 3zM5.500 11.500a6.500 6.500 0 0013 0M12 18v3",
} as const;

/** Name of an icon. */
export type IconName = keyof typeof ICONS;
