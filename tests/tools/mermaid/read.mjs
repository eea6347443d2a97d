// Reads flowcharts from a JSON list on standard input, and writes what Mermaid takes them for as a JSON list: nodes, edges and
// groups with their labels, or why it refuses.

import { readFileSync } from "node:fs";
import { parseHTML } from "linkedom";

// Mermaid cleans labels with the help of a document, and looks for one while it is loaded.
const { window, document, Element } = parseHTML("<!doctype html><html><head></head><body></body></html>");
Object.assign(globalThis, { window, document, Element });
const { default: mermaid } = await import("mermaid");

// While it works, Mermaid spells entities with letters of its own.
const decode = (text) =>
  (text ?? "").replace(/ﬂ°°(\d+)¶ß/g, (_, code) => String.fromCodePoint(Number(code)));

async function read(text) {
  try {
    // Flowcharts are only known once one was read so.
    await mermaid.parse(text);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    return {
      nodes: [...db.getVertices().values()].map((node) => ({ id: node.id, label: decode(node.text) })),
      edges: db.getEdges().map((edge) => ({ from: edge.start, to: edge.end, label: decode(edge.text) })),
      groups: db.getSubGraphs().map((group) => ({ id: group.id, label: decode(group.title), nodes: group.nodes })),
    };
  } catch (error) {
    return { error: String(error?.message ?? error) };
  }
}

const read_all = [];
for (const text of JSON.parse(readFileSync(0, "utf8"))) {
  read_all.push(await read(text));
}
process.stdout.write(JSON.stringify(read_all));
