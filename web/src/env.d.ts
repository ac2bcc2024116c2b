/** `codes.*.json?phone`: the codes' texts that a volunteer can meet; see `vite/phone-codes.ts`. */
declare module "*.json?phone" {
  const texts: Record<string, string>;
  export default texts;
}

/** All styles of `<doorstep-form>` as one text; see `vite/element-parts.ts`. */
declare module "virtual:element-styles" {
  const styles: string;
  export default styles;
}

/** The texts of `<doorstep-form>` in one language; see `vite/element-parts.ts`. */
declare module "virtual:element-texts/*" {
  const texts: Record<string, string>;
  export default texts;
}
