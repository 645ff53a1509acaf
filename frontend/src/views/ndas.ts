/** All NDAs: for creators those that they were asked for, for others those that they have asked for. */

import type { NdaStatus } from "../api/types";
import { h } from "../dom";
import { action } from "../forms";
import { PATHS } from "../routes";
import { say } from "../say";
import type { Asked, View } from "../view";
import { NDA_WORDS } from "../words";
import { growing, ndaCard, section } from "./cards";
import { answerable } from "./creator";

const STATUSES: readonly NdaStatus[] = ["requested", "granted", "refused"];

export async function ndas(asked: Asked): Promise<View> {
  const { api, query, signal } = asked;
  const status = STATUSES.find((one) => one === query.get("status")) ?? "";
  const found = await api.ndas({ status }, signal);
  const isCreator = api.person?.role === "creator";
  const link = (wanted: NdaStatus | "", words: string) =>
    h(
      "li",
      {},
      h(
        "a",
        {
          href: wanted === "" ? PATHS.ndas : `${PATHS.ndas}?status=${wanted}`,
          "aria-current": wanted === status && "true",
        },
        words,
      ),
    );
  return {
    title: "NDAs",
    content: [
      h(
        "nav",
        { "aria-label": "NDAs by their answer", class: "tabs" },
        h("ul", {}, link("", "All"), STATUSES.map((one) => link(one, NDA_WORDS[one]))),
      ),
      section(
        status === "" ? "All" : NDA_WORDS[status],
        growing(
          { entries: found.ndas, next: found.next },
          (nda) => (isCreator ? answerable(asked, nda) : ndaCard(nda, true)),
          "There are none.",
          async (cursor) => {
            const page = await api.ndas({ status, cursor }, signal);
            return { entries: page.ndas, next: page.next };
          },
          action,
          say,
        ),
      ),
    ],
  };
}
