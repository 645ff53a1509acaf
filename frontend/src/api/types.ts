/** What the API tells and takes. */

export type Role = "creator" | "investor" | "production";
export const FORMATS = ["feature", "series", "short", "documentary"] as const;
export type Format = (typeof FORMATS)[number];
export type PitchStatus = "draft" | "published" | "archived";
export type NdaStatus = "requested" | "granted" | "refused";

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
}

export interface SignedIn {
  readonly accessToken: string;
  /** In seconds. */
  readonly expiresIn: number;
  readonly person: Person;
}

export interface Summary {
  readonly id: string;
  readonly title: string;
  readonly logline: string;
  readonly genre: string;
  readonly format: Format;
  /** In whole US dollars. */
  readonly budget: number;
  readonly views: number;
  readonly publishedAt: string | null;
  readonly creator: { readonly id: string; readonly name: string };
}

export interface Pitches {
  readonly pitches: readonly Summary[];
  readonly next: string | null;
}

export interface Upload {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly createdAt: string;
}

export interface Pitch extends Summary {
  readonly status: PitchStatus;
  readonly revision: number;
  readonly nda: { readonly id: string; readonly status: NdaStatus } | null;
  /** By whoever asks. */
  readonly saved: boolean;
  /** For the pitch's creator, and for whom an NDA was granted. */
  readonly whole: { readonly synopsis: string; readonly uploads: readonly Upload[] } | null;
}

export interface PitchFields {
  readonly title: string;
  readonly logline: string;
  readonly genre: string;
  readonly format: Format;
  readonly budget: number;
  readonly synopsis: string;
}

export interface Nda {
  readonly id: string;
  readonly pitch: { readonly id: string; readonly title: string };
  readonly requester: { readonly id: string; readonly name: string; readonly role: Role };
  readonly message: string;
  readonly status: NdaStatus;
  readonly requestedAt: string;
  readonly answeredAt: string | null;
}

export interface Ndas {
  readonly ndas: readonly Nda[];
  readonly next: string | null;
}

export type NdaCounts = Readonly<Record<NdaStatus, number>>;

export interface OwnSummary extends Summary {
  readonly status: PitchStatus;
  readonly revision: number;
  readonly updatedAt: string;
  readonly saved: number;
}

export interface SavedSummary extends Summary {
  readonly savedAt: string;
}

export interface CreatorDashboard {
  readonly portal: "creator";
  readonly pitches: readonly OwnSummary[];
  readonly totals: Readonly<Record<"drafts" | "published" | "archived" | "views" | "saved", number>>;
  readonly ndas: NdaCounts;
  readonly waiting: readonly Nda[];
}

export interface ReaderDashboard {
  readonly portal: "investor" | "production";
  readonly saved: readonly SavedSummary[];
  readonly ndas: NdaCounts;
  readonly requests: readonly Nda[];
  /** What granted NDAs have opened; told to production companies. */
  readonly opened?: readonly Summary[];
}
