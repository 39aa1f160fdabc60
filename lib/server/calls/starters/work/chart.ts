import { BarChart, LineChart, PieChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { requireColumn } from "./query-table";
import { type Table, TableError } from "./read-table";

export const CHARTS = ["bar", "line", "scatter", "pie"] as const;

export type Chart = {
  type: string;
  x: string;
  y: string[];
  /** A column whose values are the lines or bars, one for each. */
  series: string | null;
  title: string | null;
};

use([BarChart, LineChart, PieChart, ScatterChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const WIDTH = 800;
const HEIGHT = 480;
const MOST_POINTS = 5000;
const MOST_SERIES = 20;
const COLORS = ["#2563eb", "#ea580c", "#16a34a", "#9333ea", "#dc2626", "#0891b2", "#ca8a04", "#64748b"];
const FONT = { fontFamily: "Geist, Helvetica, Arial, sans-serif", color: "#27272a" };

/** A chart of a table as SVG. What is written in it is the table's, and escaped. @throws TableError. */
export function drawChart(table: Table, chart: Chart): string {
  const { type, x, y, series: by, title } = chart;
  if (!CHARTS.includes(type as (typeof CHARTS)[number]))
    throw new TableError(`A chart is one of ${CHARTS.join(", ")}, not '${type}'.`);
  for (const column of [x, ...y, ...(by === null ? [] : [by])]) requireColumn(table, column);
  if (table.rows.length === 0) throw new TableError("There are no rows to draw.");
  if (table.rows.length > MOST_POINTS) {
    throw new TableError(
      `There are ${table.rows.length} rows, and a chart shows ${MOST_POINTS} at most. Group or filter them first.`,
    );
  }
  for (const column of y) {
    const text = table.rows.find((row) => row[column] !== null && typeof row[column] !== "number");
    if (text)
      throw new TableError(`Column '${column}' is to be drawn, but holds '${text[column]}', which is no number.`);
  }
  const lines = by === null ? y.map((column) => lineOf(table, column, column)) : linesBy(table, by, y[0]!);
  if (lines.length > MOST_SERIES)
    throw new TableError(`'${by}' has ${lines.length} values, and ${MOST_SERIES} can be told apart at most.`);
  const picture = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
  picture.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    color: COLORS,
    textStyle: FONT,
    ...(title && {
      title: {
        text: title.slice(0, 200),
        left: "center",
        top: 12,
        textStyle: { ...FONT, fontSize: 18, fontWeight: 600 },
      },
    }),
    ...(lines.length > 1 || type === "pie" ? { legend: { bottom: 8, textStyle: FONT, type: "plain" } } : {}),
    ...(type === "pie" ? pie(table, x, y[0]!) : cartesian(table, chart, lines)),
  });
  const svg = picture.renderToSVGString();
  picture.dispose();
  return svg;

  function lineOf(from: Table, column: string, name: string) {
    return { name, points: from.rows.map((row) => [row[x] ?? null, row[column] ?? null]) };
  }
  function linesBy(from: Table, column: string, value: string) {
    const names = [...new Set(from.rows.map((row) => String(row[column] ?? "")))];
    return names.map((name) =>
      lineOf({ ...from, rows: from.rows.filter((row) => String(row[column] ?? "") === name) }, value, name),
    );
  }
}

type Line = { name: string; points: unknown[][] };

function cartesian(table: Table, { type, x, y }: Chart, lines: readonly Line[]) {
  const isNumeric = type === "scatter" && table.rows.every((row) => typeof row[x] === "number");
  const categories = [...new Set(table.rows.map((row) => String(row[x] ?? "")))];
  const axis = { axisLabel: FONT, nameTextStyle: FONT, nameLocation: "middle" as const };
  return {
    grid: { left: 24, right: 32, top: 64, bottom: lines.length > 1 ? 84 : 56 },
    xAxis: isNumeric
      ? { ...axis, type: "value" as const, name: x, nameGap: 28, scale: true }
      : { ...axis, type: "category" as const, data: categories, name: x, nameGap: 28 },
    yAxis: { ...axis, type: "value" as const, ...(y.length === 1 ? { name: y[0], nameGap: 48 } : {}) },
    series: lines.map(({ name, points }) => ({
      name,
      type: type as "bar" | "line" | "scatter",
      symbolSize: type === "scatter" ? 8 : 5,
      data: isNumeric ? points : points.map(([at, value]) => [String(at ?? ""), value]),
    })),
  };
}

function pie(table: Table, x: string, y: string) {
  const data = table.rows.map((row) => ({ name: String(row[x] ?? ""), value: row[y] as number }));
  return { series: [{ type: "pie" as const, radius: "60%", data, label: { ...FONT, formatter: "{b}: {d} %" } }] };
}
