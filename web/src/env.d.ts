/** `codes.*.json?phone`: the codes' texts that a volunteer can meet; see `vite/phone-codes.ts`. */
declare module "*.json?phone" {
  const texts: Record<string, string>;
  export default texts;
}
