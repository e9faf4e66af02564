// The parts of ECharts that the charts use; the rest of it is not in the app.
import { BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import {
  GridComponent,
  LegendScrollComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapContinuousComponent,
} from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([
  BarChart,
  CustomChart,
  HeatmapChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendScrollComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapContinuousComponent,
  CanvasRenderer,
]);

/** A chart in an element, as large as it. */
export function chartIn(host: HTMLElement): EChartsType {
  // ECharts empties its element by giving it an empty text as HTML, which the page's policy refuses even for nothing.
  Object.defineProperty(host, "innerHTML", { configurable: true, set: () => host.replaceChildren() });
  return init(host, null, { renderer: "canvas" });
}
