// The binding of Analytics Engine: refuses what is too much at once; the runtime's own binding, behind it, would only log it.
const MOST_VALUES = 20;
const MOST_INDEX_BYTES = 96;
const MOST_BLOB_BYTES = 16_000;

const bytes = (value) => (typeof value === "string" ? new TextEncoder().encode(value).byteLength : (value?.byteLength ?? 0));

function refuse(reason) {
  throw new TypeError(`writeDataPoint(): ${reason}`);
}

class AnalyticsEngineDataset {
  #sink;

  constructor(sink) {
    this.#sink = sink;
  }

  writeDataPoint(point) {
    const { indexes, doubles, blobs } = point ?? {};
    if (indexes?.length > 1) refuse("Maximum of 1 indexes supported.");
    if (bytes(indexes?.[0]) > MOST_INDEX_BYTES) refuse(`Size of indexes[0] exceeds ${MOST_INDEX_BYTES} bytes.`);
    if (doubles?.length > MOST_VALUES) refuse(`Maximum of ${MOST_VALUES} doubles supported.`);
    if (blobs?.length > MOST_VALUES) refuse(`Maximum of ${MOST_VALUES} blobs supported.`);
    let sum = 0;
    for (const blob of blobs ?? []) sum += bytes(blob);
    if (sum > MOST_BLOB_BYTES) refuse(`Cumulative size of blobs exceeds ${MOST_BLOB_BYTES} bytes.`);
    this.#sink.writeDataPoint(point);
  }
}

export default ({ sink }) => new AnalyticsEngineDataset(sink);
