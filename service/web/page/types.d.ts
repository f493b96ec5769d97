/** What the API answers, as far as the page uses it, and what its parts hand each other. Not served. */

export type SectionName = "indication" | "technique" | "comparison" | "findings" | "impression";
export type Sections = Record<SectionName, string>;
export type Polarity = "present" | "uncertain" | "absent";
export type Verdict = "supported" | "unsupported" | "contradicted" | "omitted";

export interface Opinion { expert: string; version: string; weights_sha256: string; raw: number; probability: number }
export interface Measure { name: string; value: number; error: number }
export interface Finding {
  label: string;
  probability: number;
  grade: string;
  polarity: Polarity;
  uncertain: boolean;
  threshold: number;
  doubt?: [number, number] | null;
  measure: Measure | null;
  abstentions: string[];
  zone: string | null;
  box: [number, number, number, number] | null;
  experts: Opinion[];
}
export interface Gate { verdict: "pass" | "doubtful" | "stop"; reasons: string[]; view: string | null }
export interface Image {
  id: string;
  file_name: string;
  rows: number;
  columns: number;
  frame: number;
  view: string | null;
  spacing_mm: [number, number] | null;
  gate: Gate | null;
  findings: Finding[];
  links: Record<string, string>;
}
export interface Addendum { at: string; by: string; text: string }
export interface Remark { section: string; text: string; reason: string }
export interface Report {
  id: string;
  study_id: string;
  state: "draft" | "edited" | "signed" | "addended";
  version: number;
  created_at: string;
  sections: Sections;
  written_by: string;
  fallback: { reason: string; detail: string } | null;
  language: string;
  style: string;
  accepted: Remark[];
  kept: Remark[];
  addenda: Addendum[];
  signed_by: string | null;
  signed_at: string | null;
  links: Record<string, string>;
}
export interface Study {
  id: string;
  state: "received" | "read" | "drafted";
  created_at: string;
  indication: string | null;
  language: string;
  patient_ref: string | null;
  accession: string | null;
  prior_study_id: string | null;
  images: Image[];
  gate: Gate | null;
  findings: Finding[];
  reports: Report[];
  priority: number;
  unread: boolean;
  report_state: Report["state"] | null;
  links: Record<string, string>;
  notes: string[];
}
/** A study as a row of the worklist. */
export interface Brief {
  id: string;
  state: Study["state"];
  created_at: string;
  indication: string | null;
  patient_ref: string | null;
  accession: string | null;
  prior_study_id: string | null;
  priority: number;
  unread: boolean;
  report_state: Report["state"] | null;
  report_id: string | null;
  gate: Gate | null;
  images: { id: string; view: string | null }[];
  findings: { label: string; polarity: Polarity; probability: number; threshold: number }[];
}
export interface PageOf<T> { items: T[]; next_cursor: string | null }

export interface Claim {
  span: [number, number];
  kind: string;
  label: string | null;
  polarity: string | null;
  side: string | null;
  severity: string | null;
  verdict: Verdict;
  support: string[];
  reason: string | null;
}
export interface Sentence { section: string; span: [number, number]; text: string; verdict: Verdict; claims: Claim[] }
export interface Repair { section: string; before: string; after: string; by: string; complaints: string[] }
export interface Verification {
  sentences: Sentence[];
  omissions: { label: string; polarity: string }[];
  repairs: Repair[];
  limits: string[];
  policy: string;
}
export interface Revision {
  version: number;
  at: string;
  by: string;
  action: "drafted" | "edited" | "signed" | "addended";
  sections: Sections;
  addendum: string | null;
}
export interface Phrase { id: string; section: SectionName; language: string; text: string }
export interface Network { name: string; version: string; weights_sha256: string; licence: string }
export interface System {
  name: string;
  version: string;
  notice: string;
  experts: Network[];
  segmenter: Network | null;
  gate: Network;
  llm: string;
  llms: string[];
  guard: string;
  languages: string[];
}
export interface Passage { id: string; title: string; text: string }
export interface Turn {
  id: string;
  role: "user" | "assistant";
  text: string;
  state: "complete" | "cancelled" | "failed";
  created_at: string;
  written_by: string | null;
  citations: string[];
  passages: Passage[];
  verification: Verification | null;
  failure: string | null;
}
export interface ServerEvent { name: string; data: any }

export interface ViewerImage { image: Image; pixelsUrl: string; anatomyUrl: string; tagsUrl: string; title: string }
