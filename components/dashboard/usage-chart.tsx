"use client";
import { ChartColumn, Table2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useId, useState } from "react";
import { Bar, CartesianGrid, ComposedChart, Line, Tooltip, XAxis, YAxis } from "recharts";
import { useWidth } from "@/lib/client/screen/use-width";
import { Button } from "../ui/button";

export type Series = {
  key: string;
  name: string;
  /** A token of the theme. */
  color: string;
  kind: "bar" | "line";
  /** Bars of one stack stand on each other. */
  stack?: string;
};

export type Point = {
  label: string;
  /** Where the runs of the point are listed, and for some series a narrower list. */
  href: string;
  hrefs?: Record<string, string>;
  values: Record<string, number | null>;
};

type UsageChartProps = {
  title: string;
  /** What the first column of the table is. */
  unit: string;
  series: readonly Series[];
  points: readonly Point[];
  format: (value: number) => string;
};

const HEIGHT = 190;

/**
 * Figures over time, as a picture or as a table. What is clicked opens the runs that it stands for; by keyboard the table's
 * links do.
 */
export function UsageChart({ title, unit, series, points, format }: UsageChartProps) {
  const [asTable, setAsTable] = useState(false);
  const [ref, width] = useWidth();
  const id = useId();
  const isKnown = points.some(({ values }) => series.some(({ key }) => values[key] != null));
  return (
    <figure aria-labelledby={id} className="flex min-w-0 flex-col gap-2 rounded-md border border-line p-3">
      <div className="flex items-center gap-2">
        <figcaption id={id} className="mr-auto font-medium">
          {title}
        </figcaption>
        <Button
          tone="ghost"
          size="icon-sm"
          aria-pressed={asTable}
          aria-label={`${title} as a table`}
          title={asTable ? "Show the chart" : "Show as a table"}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? <ChartColumn /> : <Table2 />}
        </Button>
      </div>
      <div ref={ref} className="min-w-0">
        {!isKnown ? (
          <p className="text-muted">Nothing of it is known in this span.</p>
        ) : asTable ? (
          <PointTable title={title} unit={unit} series={series} points={points} format={format} />
        ) : (
          width > 0 && <Picture width={width} series={series} points={points} format={format} />
        )}
      </div>
      {!asTable && isKnown && (
        <ul className="flex flex-wrap gap-x-3 text-muted text-sm">
          {series.map((one) => (
            <li key={one.key} className="flex items-center gap-1">
              <span aria-hidden className="size-2 rounded-sm" style={{ background: one.color }} />
              {one.name}
            </li>
          ))}
        </ul>
      )}
    </figure>
  );
}

type PictureProps = Pick<UsageChartProps, "series" | "points" | "format"> & { width: number };

function Picture({ width, series, points, format }: PictureProps) {
  const router = useRouter();
  const data = points.map(({ label, values }) => ({ label, ...values }));
  const open = (index: number, key?: string) => {
    const point = points[index];
    if (point) router.push((key && point.hrefs?.[key]) || point.href);
  };
  return (
    <ComposedChart
      width={width}
      height={HEIGHT}
      data={data}
      margin={{ top: 4, right: 4, bottom: 0, left: 0 }}
      className="cursor-pointer"
      // The table is what is read and walked by keyboard.
      accessibilityLayer={false}
      onClick={({ activeTooltipIndex: index }) => index != null && open(Number(index))}
    >
      <CartesianGrid vertical={false} stroke="var(--line)" />
      <XAxis dataKey="label" tick={TICK} tickLine={false} axisLine={{ stroke: "var(--line-strong)" }} minTickGap={24} />
      <YAxis tick={TICK} tickLine={false} axisLine={false} width={58} tickFormatter={format} allowDecimals />
      <Tooltip
        isAnimationActive={false}
        cursor={{ fill: "var(--hover)", stroke: "var(--line-strong)" }}
        contentStyle={BOX}
        labelStyle={{ color: "var(--foreground)" }}
        itemStyle={{ color: "var(--foreground)", padding: 0 }}
        formatter={(value, name) => [typeof value === "number" ? format(value) : "–", name]}
      />
      {series.map((one) =>
        one.kind === "bar" ? (
          <Bar
            key={one.key}
            dataKey={one.key}
            name={one.name}
            fill={one.color}
            isAnimationActive={false}
            {...(one.stack ? { stackId: one.stack } : {})}
            onClick={(_, index, event) => {
              event.stopPropagation();
              open(index, one.key);
            }}
          />
        ) : (
          <Line
            key={one.key}
            dataKey={one.key}
            name={one.name}
            stroke={one.color}
            strokeWidth={1.5}
            dot={points.length < 40 ? { r: 1.5 } : false}
            isAnimationActive={false}
            connectNulls={false}
          />
        ),
      )}
    </ComposedChart>
  );
}

const TICK = { fill: "var(--muted)", fontSize: 11 };
const BOX = {
  background: "var(--raised)",
  border: "1px solid var(--line-strong)",
  borderRadius: 6,
  padding: "4px 8px",
  fontSize: 12,
};

function PointTable({ title, unit, series, points, format }: UsageChartProps) {
  return (
    <div className="max-h-[190px] overflow-auto">
      <table aria-label={title} className="w-full text-left text-sm">
        <thead className="sticky top-0 bg-background text-muted">
          <tr>
            <th className="pr-2 font-normal">{unit}</th>
            {series.map((one) => (
              <th key={one.key} className="pl-2 text-right font-normal">
                {one.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={point.href} className="border-line border-t">
              <th scope="row" className="whitespace-nowrap pr-2 font-normal">
                <Link href={point.href} className="hover:underline">
                  {point.label}
                </Link>
              </th>
              {series.map((one) => (
                <td key={one.key} className="whitespace-nowrap pl-2 text-right">
                  {point.values[one.key] == null ? "–" : format(point.values[one.key]!)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
