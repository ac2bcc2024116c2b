/** The submission looked at last, so that the list can put the focus back on it. */
import { ref } from "vue";

export const lastOpened = ref("");
