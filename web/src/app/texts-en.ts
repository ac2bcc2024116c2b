/** The volunteer's texts in English; loaded only where somebody reads English, and precached like everything else. */
import codes from "@/i18n/codes.en.json?phone";
import own from "@/i18n/en.json";

export default { ...codes, ...own };
