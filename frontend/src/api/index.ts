/** Everything that the site asks of the API: the one place that knows its paths. */

import type { Client } from "./client";
import type {
  CreatorDashboard,
  Format,
  Nda,
  Ndas,
  NdaStatus,
  Person,
  Pitch,
  Pitches,
  PitchFields,
  PitchStatus,
  ReaderDashboard,
  Role,
  SignedIn,
  Summary,
  Upload,
} from "./types";

export interface Search {
  readonly q?: string;
  readonly genre?: string;
  readonly format?: Format | "";
  readonly cursor?: string | null;
}

export class Api {
  constructor(private readonly client: Client) {}

  get person(): Person | null {
    return this.client.session.person;
  }

  /** Finds out who is signed in, where that is not known for certain; by the cookie, when there may be one. */
  async resume(): Promise<void> {
    const { session } = this.client;
    if (session.isPromised && session.token === null) await this.client.refresh();
  }

  signUp(values: { name: string; email: string; role: Role; password: string }): Promise<Person> {
    return this.client.json("POST", "/api/people", { body: values });
  }

  async logIn(values: { email: string; password: string }): Promise<Person> {
    const told = await this.client.json<SignedIn>("POST", "/api/sessions", { body: values, cookie: true });
    this.client.session.begin(told);
    return told.person;
  }

  async logOut(): Promise<void> {
    await this.client.json("DELETE", "/api/sessions", { cookie: true });
    this.client.session.end();
  }

  pitches(search: Search, signal: AbortSignal): Promise<Pitches> {
    return this.client.json("GET", `/api/pitches${query({ ...search, limit: "24" })}`, { signal });
  }

  async trending(signal: AbortSignal): Promise<readonly Summary[]> {
    const path = `/api/pitches/trending${query({ limit: "6" })}`;
    return (await this.client.json<{ pitches: readonly Summary[] }>("GET", path, { signal })).pitches;
  }

  pitch(id: string, signal?: AbortSignal): Promise<Pitch> {
    return this.client.json("GET", `/api/pitches/${part(id)}`, signal ? { signal } : {});
  }

  createPitch(values: PitchFields & { status: "draft" | "published" }): Promise<Pitch> {
    return this.client.json("POST", "/api/pitches", { body: values });
  }

  /** Raises `Problem` 412 when the pitch has another revision by now. */
  changePitch(id: string, revision: number, values: Partial<PitchFields> & { status?: PitchStatus }): Promise<Pitch> {
    const headers = { "if-match": `"r${revision}"` };
    return this.client.json("PATCH", `/api/pitches/${part(id)}`, { body: values, headers });
  }

  addUpload(pitch: string, file: File): Promise<Upload> {
    return this.client.json("POST", `/api/pitches/${part(pitch)}/uploads${query({ name: file.name })}`, { file });
  }

  download(upload: string): Promise<Blob> {
    return this.client.file(`/api/uploads/${part(upload)}`);
  }

  requestNda(pitch: string, message: string): Promise<Nda> {
    return this.client.json("POST", `/api/pitches/${part(pitch)}/ndas`, { body: { message } });
  }

  ndas(search: { status?: NdaStatus | ""; cursor?: string | null }, signal: AbortSignal): Promise<Ndas> {
    return this.client.json("GET", `/api/ndas${query(search)}`, { signal });
  }

  answerNda(id: string, status: "granted" | "refused"): Promise<Nda> {
    return this.client.json("PATCH", `/api/ndas/${part(id)}`, { body: { status } });
  }

  save(pitch: string): Promise<void> {
    return this.client.json("PUT", `/api/saved/${part(pitch)}`);
  }

  unsave(pitch: string): Promise<void> {
    return this.client.json("DELETE", `/api/saved/${part(pitch)}`);
  }

  creatorDashboard(signal: AbortSignal): Promise<CreatorDashboard> {
    return this.client.json("GET", "/api/dashboards/creator", { signal });
  }

  readerDashboard(portal: "investor" | "production", signal: AbortSignal): Promise<ReaderDashboard> {
    return this.client.json("GET", `/api/dashboards/${portal}`, { signal });
  }
}

const part = encodeURIComponent;

/** What is empty is left out. */
function query(values: object): string {
  const told = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "string" && value !== "") told.set(name, value);
  }
  const text = told.toString();
  return text === "" ? "" : `?${text}`;
}
