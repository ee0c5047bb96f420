/* Constructed, not a style element: the host page may forbid inline styles, but not this. */
const CSS = `dialog{--b:#fff;--s:#e2e8f0;--t:#334155;all:unset;display:none;position:fixed;inset:0;padding:24px;background:#0f172a8c;overflow:hidden}
dialog[open]{display:grid;grid:minmax(0,1fr)/100%;place-items:center;animation:i .18s}
dialog.dark{--b:#18191b;--s:#2e3135;--t:#edeef0}
section{position:relative;width:100%;max-width:480px;height:560px;max-height:min(100%,720px);border-radius:14px;background:var(--b);overflow:hidden}
iframe,div,div::after{position:absolute;inset:0}
iframe{width:100%;height:100%;border:0}
div{inset:24px;background:linear-gradient(var(--s) 0 0) 0 0/40px 40px no-repeat,linear-gradient(var(--s) 0 0) 56px 12px/60% 16px no-repeat;animation:p 1.2s infinite alternate}
div::after{content:"";margin:auto;width:24px;height:24px;border:3px solid var(--s);border-top-color:var(--t);border-radius:50%;animation:s .8s linear infinite}
dialog:not(.ready) iframe{opacity:0}
button{position:absolute;z-index:1;top:12px;right:12px;width:44px;height:44px;border:0;background:0;color:var(--t);font:18px/1 system-ui;cursor:pointer}
.ready :is(div,button){display:none}
@media(max-width:599px){dialog{padding:24px 0 0}section{max-width:none;height:100%!important;max-height:none;border-radius:14px 14px 0 0}}
@keyframes i{0%{opacity:0}}@keyframes p{to{opacity:.5}}@keyframes s{to{rotate:1turn}}
@media(prefers-reduced-motion){*,::after{animation:none!important}}`;

/** Time for the frame to hear that it is closed, and to close a popup it opened. */
const FAREWELL = 200;

/** What covers the host page while the portal is open. */
export interface Overlay {
  /** Shows an address; it stays hidden until `reveal()`. */
  show(url: string): HTMLIFrameElement;
  reveal(): void;
  /** Takes the frame away and shows that something is loading. */
  clear(): void;
  resize(height: number): void;
  focus(): void;
  remove(): void;
}

export function cover(label: string, theme: string | undefined, onDismiss: () => void): Overlay {
  const page = document.documentElement;
  const focused = document.activeElement as HTMLElement | null;
  const overflow = page.style.overflow;
  const root = document.createElement('div');
  const dialog = document.createElement('dialog');
  const panel = document.createElement('section');
  const loading = document.createElement('div');
  const close = document.createElement('button');
  let frame: HTMLIFrameElement | undefined;
  let ready = false;

  const setReady = (is: boolean) => {
    ready = dialog.classList.toggle('ready', is);
  };
  const focus = () => (ready ? frame! : close).focus();
  const clear = () => {
    frame?.remove();
    setReady(false);
  };

  dialog.ariaLabel = label;
  dialog.classList.toggle(
    'dark',
    theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme:dark)').matches),
  );
  dialog.onclick = (event) => event.target === dialog && onDismiss();
  dialog.onkeydown = (event) => event.key === 'Escape' && onDismiss();
  // Whatever else the browser takes for "close this": Android's back gesture, for one.
  dialog.oncancel = onDismiss;
  loading.role = 'status';
  loading.ariaLabel = 'Loading';
  close.ariaLabel = 'Close';
  close.textContent = '✕';
  close.onclick = onDismiss;
  // Until the portal shows its own at the same place.
  panel.append(loading, close);
  dialog.append(panel);

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  const shadow = root.attachShadow({ mode: 'open' });
  shadow.adoptedStyleSheets = [sheet];
  shadow.append(dialog);
  document.body.append(root);
  page.style.overflow = 'hidden';
  // Modal: the page is inert beneath it and no z-index is above it.
  dialog.showModal();
  focus();

  return {
    show(url) {
      // A new frame each time: navigating one adds to what the back button goes through.
      frame = document.createElement('iframe');
      frame.title = label;
      frame.allow = 'clipboard-write';
      frame.src = url;
      panel.append(frame);
      return frame;
    },
    reveal() {
      setReady(true);
      focus();
    },
    clear,
    resize(height) {
      if (Number.isFinite(height)) panel.style.height = `${Math.max(height, 240)}px`;
    },
    focus,
    remove() {
      dialog.close();
      page.style.overflow = overflow;
      focused?.focus();
      if (ready) setTimeout(() => root.remove(), FAREWELL);
      else root.remove();
    },
  };
}
