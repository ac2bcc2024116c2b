import { expect, it } from "vitest";

import type { Answer } from "@/api/deskTypes";
import { answersByQuestion, pathOf } from "./answersByQuestion";

function answer(reference: string, value: string, display = ""): Answer {
  return { reference, name: "", label: "", group: "", value, display, control: "input", appearance: [] };
}

it("finds the answers of a question in another version, also of one that was asked several times", () => {
  const answers = answersByQuestion([
    answer("/data/visit/meet", "met", "见到了"),
    answer("/data/party[1]/p_name", "王小明"),
    answer("/data/party[2]/p_name", ""),
    answer("/data/party[3]/p_name", "李小红"),
  ]);
  expect(answers.get(pathOf("/later/visit/meet"))).toEqual(["见到了"]);
  expect(answers.get(pathOf("/later/party/p_name"))).toEqual(["王小明", "李小红"]);
  expect(answers.get(pathOf("/later/meet"))).toBeUndefined();
});
