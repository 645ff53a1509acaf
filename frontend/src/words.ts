/** Values as people read them. */

import type { Format, NdaStatus, PitchStatus, Role } from "./api/types";

const DOLLARS = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });
const NUMBER = new Intl.NumberFormat("en-US");
const DAY = new Intl.DateTimeFormat("en-US", { dateStyle: "medium" });

export const dollars = (amount: number): string => DOLLARS.format(amount);
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${NUMBER.format(count)} ${count === 1 ? one : many}`;
export const day = (at: string): string => DAY.format(new Date(at));

export function size(bytes: number): string {
  if (bytes < 1000) return counted(bytes, "byte");
  const [amount, unit] = bytes < 1_000_000 ? [bytes / 1000, "kB"] : [bytes / 1_000_000, "MB"];
  return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${unit}`;
}

export const FORMAT_WORDS: Readonly<Record<Format, string>> = {
  feature: "Feature film",
  series: "Series",
  short: "Short film",
  documentary: "Documentary",
};

export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  creator: "Creator",
  investor: "Investor",
  production: "Production company",
};

export const STATUS_WORDS: Readonly<Record<PitchStatus, string>> = {
  draft: "Draft",
  published: "Published",
  archived: "Archived",
};

export const NDA_WORDS: Readonly<Record<NdaStatus, string>> = {
  requested: "Waiting for an answer",
  granted: "Granted",
  refused: "Refused",
};
