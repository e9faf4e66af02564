/** A question that has to be answered before something is done that cannot be undone. */
export interface Question {
  title: string;
  text: string;
  /** What the button that goes on says. */
  action: string;
}

let question = $state<Question>();
let answer: ((yes: boolean) => void) | undefined;

/** Asks, and gives whether the answer was yes. */
export function confirm(asked: Question): Promise<boolean> {
  answer?.(false);
  question = asked;
  return new Promise((resolve) => {
    answer = resolve;
  });
}

export const confirmation = {
  get question(): Question | undefined {
    return question;
  },
  settle(yes: boolean) {
    question = undefined;
    answer?.(yes);
    answer = undefined;
  },
};
