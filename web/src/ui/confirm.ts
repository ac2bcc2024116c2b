import { shallowRef } from "vue";

/** What a confirmation asks, in the person's language. */
export interface Question {
  title: string;
  text: string;
  yes: string;
  no: string;
  /** Marks the "yes" button as one that destroys something. */
  isDangerous?: boolean;
}

/** A question on the screen and the promise it settles. */
export interface Pending {
  question: Question;
  settle: (answer: boolean) => void;
}

/** The question now shown by `UiConfirm`; one at a time. */
export const pending = shallowRef<Pending | null>(null);

/** Asks a yes-or-no question and returns the answer; closing the dialog means no. */
export function confirm(question: Question): Promise<boolean> {
  pending.value?.settle(false);
  return new Promise((resolve) => {
    pending.value = {
      question,
      settle: (answer) => {
        pending.value = null;
        resolve(answer);
      },
    };
  });
}
