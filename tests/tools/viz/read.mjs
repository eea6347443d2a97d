// Reads graphs from a JSON list on standard input, and writes what Graphviz takes them for as a JSON list: nodes, edges and
// groups with their labels, or why it refuses.

import { readFileSync } from "node:fs";
import { instance } from "@viz-js/viz";

const viz = await instance();

// What is drawn as a label, line by line.
const label = (object) =>
  (object._ldraw_ ?? object._draw_ ?? [])
    .filter((drawn) => drawn.op === "T")
    .map((drawn) => drawn.text)
    .join("\n");

function read(text) {
  const drawn = viz.render(text, { format: "json", engine: "dot" });
  if (drawn.status !== "success" || drawn.errors.length > 0) {
    return { error: drawn.errors.map((error) => error.message).join("; ") || "it was refused" };
  }
  const { objects = [], edges = [] } = JSON.parse(drawn.output);
  const by_number = new Map(objects.map((object) => [object._gvid, object]));
  const is_group = (object) => Array.isArray(object.nodes) || object.name.startsWith("cluster_");
  return {
    nodes: objects
      .filter((object) => !is_group(object))
      .map((object) => ({ id: object.name, label: label(object) })),
    edges: edges.map((edge) => ({
      from: by_number.get(edge.tail).name,
      to: by_number.get(edge.head).name,
      label: label(edge),
    })),
    groups: objects.filter(is_group).map((group) => ({
      id: group.name,
      label: label(group),
      nodes: (group.nodes ?? []).map((node) => by_number.get(node).name),
    })),
  };
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(read)));
