// Streamlit's own few words around our widgets are English only, and its start page keeps one language for the whole visit.
// This gives them the page's language: exact texts of its own controls, nothing that comes from data.
(() => {
  const usual = document.currentScript.dataset.language;
  const words = {
    "Upload": "Chọn tệp", "Browse files": "Chọn tệp", "Drag and drop files here": "Kéo và thả tệp vào đây",
    "Drag and drop file here": "Kéo và thả tệp vào đây", "Drop files here": "Thả tệp vào đây",
    "Press Enter to apply": "Nhấn Enter để áp dụng", "Press Enter to submit form": "Nhấn Enter để gửi",
    "No results": "Không có kết quả", "No options to select": "Không có gì để chọn", "No options to select.": "Không có gì để chọn.",
    "Choose an option": "Hãy chọn", "Choose options": "Hãy chọn", "Select all": "Chọn tất cả",
    "Running...": "Đang chạy…", "Stop": "Dừng", "Connecting": "Đang kết nối", "Connection error": "Mất kết nối",
    "Page not found": "Không có trang này", "Skip to main content": "Đến phần nội dung", "View fullscreen": "Xem toàn màn hình",
    "Fullscreen": "Toàn màn hình", "Close fullscreen": "Thu nhỏ", "Search": "Tìm", "Show/hide columns": "Hiện/ẩn cột",
    "Settings": "Cài đặt", "Print": "In trang", "Rerun": "Chạy lại", "Theme": "Giao diện", "Light": "Sáng", "Dark": "Tối",
    "View all": "Xem tất cả", "View less": "Thu gọn", "Open sidebar": "Mở bộ lọc", "Close sidebar": "Đóng bộ lọc",
    "Sort ascending": "Xếp tăng dần", "Sort descending": "Xếp giảm dần", "Statistics": "Thống kê", "Format": "Định dạng",
    "Autosize": "Vừa với chữ", "Pin column": "Ghim cột", "Unpin column": "Bỏ ghim cột", "Hide column": "Ẩn cột",
    "Copy to clipboard": "Sao chép", "Pagination": "Các trang", "Previous page": "Trang trước", "Next page": "Trang sau",
  };
  const limit = /^(?:Limit )?(\d+) ?(MB|KB) per file(?: • (.*))?$/;
  const leaf = /^Page (\d+)$/;
  const theirs = "[data-testid=stDataFrameColumnMenu], [data-testid=stCode], [data-testid=stPagination], [data-testid=stFileUploader], [data-testid=InputInstructions], [data-testid=stStatusWidget], [data-testid=stMainMenu]," +
    " [data-testid=stMainMenuPopover], [data-testid=stElementToolbar], [data-testid=stSidebarNav], [data-testid=stTopNav], [data-testid=stTopNavPopover], [data-baseweb=popover], [data-baseweb=tooltip]," +
    " [role=dialog], [data-testid=stSkipLink], a[href='#main-content'], [data-testid=stSelectbox], [data-testid=stMultiSelect]";
  const before = new WeakMap();
  const attributes = ["aria-label", "title", "placeholder"];

  const said = (text) => {
    const found = limit.exec(text);
    if (found) return `Mỗi tệp tối đa ${found[1]} ${found[2]}${found[3] ? " • " + found[3] : ""}`;
    const page = leaf.exec(text);
    if (page) return `Trang ${page[1]}`;
    return Object.hasOwn(words, text) ? words[text] : null;
  };
  const speak = (node, vietnamese) => {
    if (vietnamese) {
      const text = said(node.nodeValue.trim());
      if (text !== null) { before.set(node, node.nodeValue); node.nodeValue = text; }
    } else if (before.has(node) && said(before.get(node).trim()) === node.nodeValue) {
      node.nodeValue = before.get(node);
    }
  };
  const all = () => {
    const asked = new URLSearchParams(location.search).get("lang");
    const language = asked === "vi" || asked === "en" ? asked : usual;
    if (document.documentElement.lang !== language) document.documentElement.lang = language;
    for (const part of document.querySelectorAll(theirs)) {
      const walk = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) speak(walk.currentNode, language === "vi");
      for (const element of [part, ...part.querySelectorAll("[aria-label], [title], [placeholder]")])
        for (const name of attributes) {
          const held = element.getAttributeNode(name);
          if (held) speak(held, language === "vi");
        }
    }
  };
  // A table whose order is meant (of officers: by name, or by what needs attention) is not sorted by a figure: with columns that
  // can be selected a click on a header does not, and here its menu does not offer to.
  let touched = null;
  document.addEventListener("pointerdown", (event) => {
    const table = event.target.closest("[data-testid=stDataFrame]");
    if (table) touched = table;
  }, true);
  const keepOrder = () => {
    if (!touched || !touched.closest("[class*=st-key-fixed]")) return;
    for (const item of document.querySelectorAll("[data-testid=stDataFrameColumnMenu] [role=menuitem]"))
      if (/arrow_(?:up|down)ward|Sort |Xếp /.test(item.textContent)) item.style.display = "none";
  };
  // Lists to choose from are searched with or without accents ("ba dinh" finds "Ba Đình"): Streamlit compares lower-case letters, and
  // while somebody types in a list these are plain letters too.
  const lower = String.prototype.toLowerCase;
  const marked = /[^\x00-\x7f]/;
  const inList = () => document.activeElement?.closest("[data-testid=stSelectbox], [data-testid=stMultiSelect]");
  String.prototype.toLowerCase = function () {
    const text = lower.call(this);
    return marked.test(text) && inList() ? text.replaceAll("đ", "d").normalize("NFD").replace(/\p{M}/gu, "") : text;
  };
  // On a phone a tile has no room for a name: its colour and sign stand, the name is under the finger.
  const look = document.createElement("style");
  look.textContent = "@media (max-width: 640px) { .st-key-ward-map .textpoint { display: none } }";
  document.head.append(look);
  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; keepOrder(); all(); });
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
})();
