/** The icon of the pages: three ticks, of which one is owed. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#20201d"/><rect x="3" y="4" width="2.5" height="8" rx=".8" fill="#86d3a5"/><rect x="6.75" y="4" width="2.5" height="8" rx=".8" fill="#86d3a5"/><rect x="10.75" y="4.5" width="2" height="7" rx=".6" fill="none" stroke="#ff9d92" stroke-dasharray="1.6 1"/></svg>
`;
