/** A dot that is seen: a ring around its place, which the stroke fills. */
const DOT = "a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0";

/** Outlines of the icons, drawn on 24 × 24 with a stroke of 1.8. */
export const ICONS = {
  chat: "M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-5 4v-4.1A2.5 2.5 0 0 1 4 13.5z",
  books: "M5 4h4v16H5zM9 4h4v16H9zM14.2 5.1l3.8-1 3.6 14.6-3.8 1z",
  lab: "M10 3v6l-5.2 8.6A2.3 2.3 0 0 0 6.8 21h10.4a2.3 2.3 0 0 0 2-3.4L14 9V3M8.5 3h7M7.5 15h9",
  compare: "M12 4v16M4 7h5M4 12h5M4 17h5M15 7h5M15 12h3M15 17h5",
  chart: "M4 4v16h16M8 16v-4M12.5 16V8M17 16v-6",
  system: "M4 5h16v6H4zM4 13h16v6H4zM7.5 8h.01M7.5 16h.01",
  plus: "M12 5v14M5 12h14",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  check: "M5 12.5l4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6L6 18",
  edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  retry: "M20 11a8 8 0 1 0-2.3 6.2M20 5v6h-6",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  up: "M7 11v9H4v-9zM7 11l4-7c1.5 0 2.3 1 2 2.5L12.5 10H18a2 2 0 0 1 2 2.4l-1.2 6A2 2 0 0 1 16.9 20H7",
  down: "M17 13V4h3v9zM17 13l-4 7c-1.5 0-2.3-1-2-2.5l.5-3.5H6a2 2 0 0 1-2-2.4l1.2-6A2 2 0 0 1 7.1 4H17",
  search: "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM20 20l-4.8-4.8",
  menu: "M4 7h16M4 12h16M4 17h16",
  more: `M5.2 12${DOT}m6 0${DOT}m6 0${DOT}`,
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  folder: "M3.5 6h6l2 2.5h9V19h-17z",
  upload: "M12 16V5M7 10l5-5 5 5M5 19h14",
  download: "M12 5v11M7 11l5 5 5-5M5 20h14",
  settings: "M4 7h9M17 7h3M15 5v4M4 12h3M11 12h9M9 10v4M4 17h11M19 17h1M17 15v4",
  warning: "M12 4l9 16H3zM12 10v5M12 17.5h.01",
  info: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 11v6M12 7.5h.01",
  link: "M10 14l9-9M13 5h6v6M18 14v5H5V6h5",
  left: "M14 6l-6 6 6 6",
  right: "M10 6l6 6-6 6",
  chevron: "M7 10l5 5 5-5",
  history: "M4 12a8 8 0 1 1 2.3 5.7M4 6v6h6M12 8v4.5l3 2",
  eye: "M3 12s3.3-6 9-6 9 6 9 6-3.3 6-9 6-9-6-9-6zM12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6l1.4 1.4M17 17l1.4 1.4M18.4 5.6L17 7M7 17l-1.4 1.4",
  language: "M4 6h9M8.5 4v2M6 6c.500 3.5 2.8 6 6 7.5M11.5 6c-.500 3.5-3 6.5-7 8M12 20l4-9 4 9M13.4 17h5.2",
} as const;

export type IconName = keyof typeof ICONS;
