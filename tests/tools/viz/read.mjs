// Reads graphs from a JSON list on standard input, and writes what Graphviz takes them for as a JSON list: nodes, edges and
// groups with their labels, or why it refuses.

import { readFileSync } from "node:fs";
import { instance } from "@viz-js/viz";

const viz = await instance();

const decode = (text) =>
  text
    .replace(/&#(\d+);/g, (_, code) => (code === "160" ? " " : String.fromCodePoint(Number(code))))
    .replace(/&(lt|gt|quot|apos);/g, (_, name) => ({ lt: "<", gt: ">", quot: '"', apos: "'" })[name])
    .replace(/&amp;/g, "&");

// What is drawn at each node, edge and group, line by line, by its title. Graphviz' JSON has labels only as they were written.
function drawn_labels(svg) {
  const labels = new Map();
  const drawn = /<g id="[^"]*" class="(?:node|edge|cluster)">\s*<title>([^<]*)<\/title>(.*?)<\/g>/gs;
  for (const [, title, inside] of svg.matchAll(drawn)) {
    const lines = [...inside.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, line]) => decode(line));
    const name = decode(title);
    labels.set(name, [...(labels.get(name) ?? []), lines.join("\n")]);
  }
  return (name) => labels.get(name)?.shift() ?? "";
}

function read(text) {
  const drawn = viz.render(text, { format: "json", engine: "dot" });
  // What it only warns of are letters that it does not know the width of.
  const errors = drawn.errors.filter((error) => error.level !== "warning");
  if (drawn.status !== "success" || errors.length > 0) {
    return { error: errors.map((error) => error.message).join("; ") || "it was refused" };
  }
  const label = drawn_labels(viz.renderString(text, { format: "svg", engine: "dot" }));
  const { objects = [], edges = [] } = JSON.parse(drawn.output);
  const by_number = new Map(objects.map((object) => [object._gvid, object.name]));
  const is_group = (object) => object.name.startsWith("cluster_");
  return {
    nodes: objects
      .filter((object) => !is_group(object))
      .map(({ name }) => ({ id: name, label: label(name) })),
    edges: edges.map((edge) => {
      const [from, to] = [by_number.get(edge.tail), by_number.get(edge.head)];
      return { from, to, label: label(`${from}->${to}`) };
    }),
    groups: objects.filter(is_group).map((group) => ({
      id: group.name,
      label: label(group.name),
      nodes: (group.nodes ?? []).map((node) => by_number.get(node)),
    })),
  };
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(read)));
