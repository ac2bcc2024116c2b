/** Whether the page runs inside WeChat or a similar app, where nothing can be installed and storage is short-lived. */
export const isInAppBrowser = /MicroMessenger|QQ\/|AlipayClient|DingTalk/i.test(navigator.userAgent);

/** Whether the app runs from the home screen. */
export function isInstalled(): boolean {
  return matchMedia("(display-mode: standalone)").matches;
}
