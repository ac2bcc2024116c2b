/** What was answered, page by page, for a last look before a visit is finished. */
import type { NodeId, ViewNode } from "@/engine/types";
import { questionsUnder, type ViewState } from "@/engine/view-state";
import { plainText } from "@/form/markdown";

/** One answer. */
export interface SummaryLine {
  node: NodeId;
  label: string;
  /** As a person reads it; empty where nothing was answered. */
  display: string;
  /** File name of a picture to show instead of words; empty for other answers. */
  picture: string;
}

/** The answers of one page. */
export interface SummaryPage {
  page: NodeId;
  reference: string;
  title: string;
  lines: SummaryLine[];
}

/** Returns the pages on which something can be answered; all must have been fetched. */
export function summarise(view: ViewState): SummaryPage[] {
  return view.pages.flatMap(({ id, reference }) => {
    const page = view.nodes.get(id);
    if (!page) return [];
    const lines = questionsUnder(view, id).filter(isAnswerable).map(lineOf);
    const title = plainText(page.label) || lines[0]?.label || page.name;
    return lines.length > 0 ? [{ page: id, reference, title, lines }] : [];
  });
}

function isAnswerable({ question }: ViewNode): boolean {
  if (!question || question.control === "note") return false;
  return !question.readonly || question.value !== "";
}

function lineOf(node: ViewNode): SummaryLine {
  const { question } = node;
  const isPicture = question?.control === "upload" && question.media_type.startsWith("image/") && question.value !== "";
  return {
    node: node.id,
    label: plainText(node.label) || node.name,
    display: plainText(question?.display ?? ""),
    picture: isPicture ? question.value : "",
  };
}
