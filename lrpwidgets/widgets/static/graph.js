function l(r,t={},...e){let o=document.createElement(r);for(let[s,i]of Object.entries(t))i!==!1&&o.setAttribute(s,i===!0?"":String(i));return o.append(...e),o}function x(r,t){r.textContent!==t&&(r.textContent=t)}var Z=Math.random().toString(36).slice(2),Q=0;function C(){return`lrpw-${Z}-${++Q}`}function K(r,t,e){let o=l("button",{class:"lrpw-button",type:"button",title:t,"aria-label":t},r);return o.addEventListener("click",e),o}var y=class{before=null;done=K("Close","Close (Esc)",()=>this.close());element;constructor(t){this.element=l("div",{class:"lrpw-help",role:"dialog","aria-label":"Keys",hidden:!0},l("div",{class:"lrpw-help-head"},l("strong",{},"Keys"),this.done),l("table",{},...t.map(([e,o])=>l("tr",{},l("th",{scope:"row"},e),l("td",{},o)))))}get open(){return!this.element.hidden}toggle(){if(this.open)return this.close();this.before=document.activeElement instanceof HTMLElement?document.activeElement:null,this.element.hidden=!1,this.done.focus({preventScroll:!0})}close(){this.element.hidden=!0,this.before?.focus({preventScroll:!0})}};var k=class{constructor(t,e,o,s){this.draw=s;let i=()=>this.request();for(let g of o)this.undo.push(e.on(g,i));let d=new ResizeObserver(i);d.observe(t),this.undo.push(()=>d.disconnect()),window.addEventListener("resize",i),this.undo.push(()=>window.removeEventListener("resize",i));let a=matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`),c=()=>{a.removeEventListener("change",c),a=matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`),a.addEventListener("change",c),i()};a.addEventListener("change",c),this.undo.push(()=>a.removeEventListener("change",c)),i()}draw;undo=[];frame=0;request(){this.frame||=requestAnimationFrame(()=>{this.frame=0,this.draw()})}dispose(){for(let t of this.undo.splice(0))t();cancelAnimationFrame(this.frame),this.frame=-1}};function V(r,t=()=>!1){let e=o=>{let{target:s}=o;if(!(s instanceof Element)||!r.contains(s))return;let i=!o.ctrlKey&&!o.metaKey&&!o.altKey&&!(o.key==="Enter"&&o.shiftKey);s.toggleAttribute("data-lm-suppress-shortcuts",i||t(o))};return window.addEventListener("keydown",e,!0),()=>window.removeEventListener("keydown",e,!0)}function j(r,t,e){return r>t?r<e?r:e:t}var ee=150,S=class{constructor(t,e){this.root=t;this.store=e;this.stop.addEventListener("click",()=>e.send?.({kind:"stop"})),this.progress.append(this.stop)}root;store;line=l("div",{class:"lrpw-progress-part"});progress=l("div",{class:"lrpw-progress",role:"progressbar","aria-label":"Working"},this.line);stop=l("button",{class:"lrpw-button lrpw-stop",type:"button",title:"Stop the work"},"Stop");sentence=l("span");details=l("pre");more=l("details",{},l("summary",{},"Details"),this.details);error=l("div",{class:"lrpw-error",role:"alert",hidden:!0},this.sentence,this.more);empty=l("div",{class:"lrpw-empty",hidden:!0});element=l("div",{class:"lrpw-status"},this.error,this.empty);timer=0;update(t,e,o){let{store:s,root:i}=this,d=s.get("status")==="busy";d&&!this.timer?this.timer=window.setTimeout(()=>i.classList.add("lrpw-busy"),ee):!d&&this.timer&&(this.dispose(),i.classList.remove("lrpw-busy")),i.setAttribute("aria-busy",String(d));let a=s.get("progress"),c=typeof a=="number"&&Number.isFinite(a);this.progress.classList.toggle("lrpw-unknown",!c),this.line.style.width=c?`${100*j(a,0,1)}%`:"",c?this.progress.setAttribute("aria-valuenow",String(Math.round(100*j(a,0,1)))):this.progress.removeAttribute("aria-valuenow"),this.stop.hidden=!s.send;let g=s.get("error"),h=t||(typeof g=="string"?g:""),[m,...b]=h.trim().split(`
`);this.error.hidden=!m,x(this.sentence,m),this.more.hidden=b.length===0,x(this.details,b.join(`
`)),this.empty.hidden=e||!!m,x(this.empty,d?"Computing the first picture.":o)}dispose(){window.clearTimeout(this.timer),this.timer=0}};var te={text:["--jp-ui-font-color1","light-dark(#1f2328, #e4e6eb)"],quiet:["--jp-ui-font-color2","light-dark(#5b6470, #9aa3af)"],surface:["--jp-layout-color1","light-dark(#ffffff, #111418)"],field:["--jp-layout-color1","light-dark(#ffffff, #1a1e24)"],soft:["--jp-layout-color2","light-dark(#eef0f3, #262b33)"],line:["--jp-border-color1","light-dark(#c9ced6, #3c434e)"],accent:["--jp-brand-color1","light-dark(#1976d2, #64b5f6)"],bad:["--jp-error-color1","light-dark(#c62828, #ef9a9a)"]};function H(r){return Object.entries(te).map(([t,e])=>`  --lrpw-${t}: ${r(e)};`).join(`
`)}var re=`
.lrpw-view {
  color-scheme: light dark;
${H(([r,t])=>`var(${r}, ${t})`)}
  position: relative;
  box-sizing: border-box;
  width: 100%;
  min-width: 0;
  padding: 8px;
  color: var(--lrpw-text);
  font: 13px/16px var(--jp-ui-font-family, system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif);
  font-variant-numeric: tabular-nums;
  text-align: left;
}
.lrpw-view[data-theme="light"], [data-jp-theme-light="true"] .lrpw-view { color-scheme: light; }
.lrpw-view[data-theme="dark"], [data-jp-theme-light="false"] .lrpw-view { color-scheme: dark; }
/* A theme that was asked for wins over Jupyter's variables, on a ground of its own. */
:root:is([data-lrpw-theme="light"], [data-lrpw-theme="dark"]) .lrpw-view {
${H(([,r])=>r)}
  background: var(--lrpw-surface);
}
:root[data-lrpw-theme="light"] .lrpw-view.lrpw-view { color-scheme: light; }
:root[data-lrpw-theme="dark"] .lrpw-view.lrpw-view { color-scheme: dark; }
.lrpw-view *, .lrpw-view *::before { box-sizing: border-box; }
.lrpw-view [hidden] { display: none !important; }
.lrpw-hidden { position: absolute; width: 1px; height: 1px; margin: 0; opacity: 0; overflow: hidden; pointer-events: none; }
.lrpw-progress { display: none; position: absolute; inset: 0 0 auto 0; height: 3px; background: var(--lrpw-soft); }
.lrpw-busy .lrpw-progress { display: block; }
.lrpw-progress-part { height: 100%; background: var(--lrpw-accent); transition: width 150ms; }
.lrpw-unknown .lrpw-progress-part { width: 25%; animation: lrpw-run 1.6s ease-in-out infinite alternate; }
@keyframes lrpw-run { to { margin-left: 75%; } }
.lrpw-view .lrpw-stop { position: absolute; top: 11px; right: 8px; }
@media (prefers-reduced-motion: reduce) {
  .lrpw-unknown .lrpw-progress-part { animation: none; width: 100%; opacity: 0.6; }
  .lrpw-view * { transition: none !important; }
}
.lrpw-muted { color: var(--lrpw-quiet); }
.lrpw-strong { font-weight: 600; }
.lrpw-row { display: flex; align-items: center; gap: 8px; min-height: 24px; min-width: 0; }
.lrpw-label { flex: 0 0 64px; color: var(--lrpw-quiet); }
.lrpw-value { flex: 0 0 auto; min-width: 56px; text-align: right; }
.lrpw-buttons { display: flex; flex: 1; flex-wrap: wrap; align-items: center; gap: 4px; min-width: 0; }
.lrpw-buttons .lrpw-value { min-width: 48px; text-align: center; }
.lrpw-space { flex: 1; }
.lrpw-view .lrpw-select, .lrpw-view .lrpw-button, .lrpw-segments {
  height: 24px; margin: 0; color: var(--lrpw-text); background: var(--lrpw-field);
  border: 1px solid var(--lrpw-line); border-radius: 3px; font: inherit;
}
.lrpw-view .lrpw-select { flex: 1; min-width: 0; padding: 0 4px; cursor: pointer; }
.lrpw-view .lrpw-button { min-width: 24px; padding: 0 8px; cursor: pointer; }
.lrpw-buttons .lrpw-button { padding: 0 7px; }
.lrpw-view .lrpw-button:hover, .lrpw-view .lrpw-select:hover { background: var(--lrpw-soft); }
.lrpw-view :is(.lrpw-select, .lrpw-button, .lrpw-slider):focus-visible,
.lrpw-choice:has(:focus-visible) { outline: 2px solid var(--lrpw-accent); outline-offset: 1px; }
.lrpw-radios { display: flex; flex: 1; min-width: 0; }
.lrpw-choice { position: relative; display: flex; flex: 1; min-width: 0; cursor: pointer; }
.lrpw-segments .lrpw-choice { padding: 0 6px; align-items: center; justify-content: center; color: var(--lrpw-quiet); border-radius: 2px; }
.lrpw-segments .lrpw-choice:has(:checked) { color: var(--lrpw-text); background: var(--lrpw-soft); }
.lrpw-swatches { gap: 8px; }
.lrpw-swatch { flex: 1; height: 16px; border-radius: 2px; border: 1px solid var(--lrpw-line); }
.lrpw-choice > span { display: flex; flex: 0 1 auto; }
.lrpw-swatches .lrpw-choice > span { flex: 1; padding: 1px; border-radius: 4px; border: 2px solid transparent; }
.lrpw-swatches .lrpw-choice:has(:checked) > span { border-color: var(--lrpw-accent); }
.lrpw-view .lrpw-slider { flex: 1; min-width: 0; height: 16px; margin: 0; padding: 0; background: none; appearance: none; -webkit-appearance: none; cursor: pointer; border-radius: 3px; }
.lrpw-slider::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: linear-gradient(var(--lrpw-accent), var(--lrpw-accent)) 0 / var(--lrpw-part, 0) 100% no-repeat var(--lrpw-line); }
.lrpw-slider::-webkit-slider-thumb { -webkit-appearance: none; width: 14px; height: 14px; margin-top: -5px; border-radius: 50%; border: 2px solid var(--lrpw-surface); background: var(--lrpw-accent); box-shadow: 0 0 0 1px var(--lrpw-line); }
.lrpw-slider::-moz-range-track { height: 4px; border-radius: 2px; background: var(--lrpw-line); }
.lrpw-slider::-moz-range-progress { height: 4px; border-radius: 2px; background: var(--lrpw-accent); }
.lrpw-slider::-moz-range-thumb { width: 10px; height: 10px; border-radius: 50%; border: 2px solid var(--lrpw-surface); background: var(--lrpw-accent); box-shadow: 0 0 0 1px var(--lrpw-line); }
.lrpw-view .lrpw-slider:disabled { opacity: 0.4; cursor: default; }
.lrpw-status { display: contents; }
.lrpw-error { padding: 8px 12px; border-left: 3px solid var(--lrpw-bad); background: var(--lrpw-soft); overflow-wrap: anywhere; }
.lrpw-error details { margin-top: 4px; color: var(--lrpw-quiet); }
.lrpw-error summary { cursor: pointer; }
.lrpw-error pre { max-height: 192px; margin: 4px 0 0; overflow: auto; white-space: pre-wrap; font-size: 12px; }
.lrpw-empty { padding: 24px; border: 1px dashed var(--lrpw-line); border-radius: 3px; color: var(--lrpw-quiet); text-align: center; }
.lrpw-help { position: absolute; top: 8px; left: 8px; z-index: 2; max-width: calc(100% - 16px); padding: 16px; border: 1px solid var(--lrpw-line); border-radius: 4px; background: var(--lrpw-surface); box-shadow: 0 4px 16px rgba(0, 0, 0, 0.25); }
.lrpw-help-head { display: flex; justify-content: space-between; align-items: center; margin-bottom: 8px; }
.lrpw-view .lrpw-help table { border-collapse: collapse; border: 0; margin: 0; font: inherit; color: inherit; }
.lrpw-view .lrpw-help tr { background: none; }
.lrpw-view .lrpw-help :is(th, td) { padding: 3px 0; border: 0; text-align: left; vertical-align: top; max-width: none; }
.lrpw-view .lrpw-help th { padding-right: 24px; font-weight: 600; white-space: nowrap; }
.lrpw-view .lrpw-help td { color: var(--lrpw-quiet); }
`,R=new Map;function $(r,t=""){let e=r.getRootNode(),o=e instanceof ShadowRoot?e:r.ownerDocument;for(let s of[re,t]){if(!s)continue;let i=R.get(s);i||(i=new CSSStyleSheet,i.replaceSync(s),R.set(s,i)),o.adoptedStyleSheets.includes(i)||o.adoptedStyleSheets.push(i)}}var q=`
.lrpw-graph-stage { position: relative; max-height: 640px; overflow: auto !important; flex: 0 1 auto; min-width: 0; }
.lrpw-graph-sheet { position: relative; overflow: hidden !important; flex: none; }
.lrpw-graph-sheet > canvas, .lrpw-graph-sheet > * > canvas { pointer-events: none; }
.lrpw-graph-layer { position: absolute !important; inset: 0; margin: 0 !important; width: auto !important; }
.lrpw-view.lrpw-graph { position: absolute; inset: 0; padding: 0; }
.lrpw-graph-nodes { position: absolute; inset: 0; outline: none; pointer-events: none; }
.lrpw-graph-node { position: absolute; border-radius: 4px; cursor: pointer; pointer-events: auto; }
.lrpw-graph-node:hover { background: color-mix(in srgb, var(--lrpw-accent) 14%, transparent); }
.lrpw-graph-node[aria-selected="true"] { box-shadow: 0 0 0 2px var(--lrpw-accent); }
.lrpw-graph-nodes:focus-visible .lrpw-graph-active { outline: 2px solid var(--lrpw-text); outline-offset: 3px; }
.lrpw-graph-edges { position: absolute; inset: 0; width: 100%; height: 100%; }
.lrpw-graph-edges path { fill: none; stroke: transparent; pointer-events: stroke; }
.lrpw-graph .lrpw-status { pointer-events: auto; }
.lrpw-graph .lrpw-error { position: sticky; top: 0; z-index: 1; }
.lrpw-graph-view { min-width: 0; }
.lrpw-graph-main { display: flex; flex-flow: row wrap; gap: 8px 16px; align-items: flex-start; min-width: 0; }
.lrpw-graph-words { flex: 1 1 280px; min-width: 240px; max-width: 560px; }
.lrpw-graph-words table { border-collapse: collapse; font: 13px/20px var(--jp-ui-font-family, system-ui, sans-serif); font-variant-numeric: tabular-nums; color: var(--jp-ui-font-color1, inherit); }
.lrpw-graph-words :is(th, td) { text-align: left; padding: 2px 16px 2px 0; font-weight: 400; vertical-align: top; overflow-wrap: anywhere; }
.lrpw-graph-words th { color: var(--jp-ui-font-color2, inherit); white-space: nowrap; }
.lrpw-graph-words td.lrpw-graph-number { text-align: right; }
.lrpw-graph-words p { margin: 0 0 8px; line-height: 18px; color: var(--jp-ui-font-color2, inherit); }
.lrpw-graph-words strong { color: var(--jp-ui-font-color1, inherit); overflow-wrap: anywhere; }
`;function X(r,t,e,o){if(r.length===0)return null;if(o==="Home")return r[0].name;if(o==="End")return r[r.length-1].name;let s=r.find(i=>i.name===e)??r[0];if(o==="ArrowDown"||o==="ArrowUp"){let i=o==="ArrowDown",d=ne(t.filter(a=>(i?a.above:a.below)===s.name));return d?i?d.below:d.above:s.name}if(o==="ArrowLeft"||o==="ArrowRight"){let i=o==="ArrowRight"?1:-1,d=c=>c.y+c.height/2;return r.filter(c=>Math.abs(d(c)-d(s))<1&&i*(c.x-s.x)>0).sort((c,g)=>i*(c.x-g.x))[0]?.name??s.name}return null}function ne(r){return r.reduce((t,e)=>t&&t.weight>=e.weight?t:e,void 0)}var T="http://www.w3.org/2000/svg",oe={ink:"text",quiet:"quiet",surface:"surface",line:"line",accent:"accent"},ie=["_boxes","_edges","_size","_zoom","_chosen","status","progress","error"],se=[["\u2191 \u2193","Along the widest edge, towards the output or the input"],["\u2190 \u2192","To the branch beside"],["Home, End","To the output, to the input"],["Enter","Choose the layer"],["Space","Open or close the module"],["?","This table"]];function Y(r,t){$(r,q),r.classList.add("lrpw-graph-layer");let e=l("div",{class:"lrpw-view lrpw-graph"}),o=l("div",{class:"lrpw-graph-nodes",role:"listbox","aria-label":"Layers, from the output down",tabindex:0}),s=document.createElementNS(T,"svg");s.setAttribute("class","lrpw-graph-edges"),s.setAttribute("aria-hidden","true");let i=new y(se),d=new S(e,t);e.append(d.progress,s,o,d.element,i.element),r.append(e);let a="",c="",g=[],h=new Map,m=()=>t.get("_boxes")??[],b=()=>t.get("_edges")??[],v=()=>String(t.get("_chosen")??""),N=()=>Number(t.get("_zoom"))||1;function D(){let n=[t.get("_boxes"),t.get("_edges"),N()];if(n.every((w,f)=>w===g[f]))return;g=n,h=new Map(m().map(w=>[w.name,F(w)])),o.replaceChildren(...h.values()),s.replaceChildren(...b().map(W));let[p,u]=t.get("_size");s.setAttribute("viewBox",`0 0 ${p} ${u}`),h.has(a)||(a=h.has(v())?v():m()[0]?.name??"")}function F(n){let p=C(),u=l("div",{id:p,class:"lrpw-graph-node",role:"option",title:n.text,"aria-label":n.text,"data-node":n.name});for(let[w,f]of Object.entries({left:n.x,top:n.y,width:n.width,height:n.height}))u.style.setProperty(w,`${f*N()}px`);return u.addEventListener("click",w=>{a=n.name,M(w.detail>1?"toggle":"choose",n.name),E()}),u}function W(n){let p=document.createElementNS(T,"path");p.setAttribute("d",n.path),p.setAttribute("stroke-width",String(Math.max(10,n.width)));let u=document.createElementNS(T,"title");return u.textContent=n.text,p.append(u),p}function I(){let n=e.closest(".lrpw-graph-stage"),p=h.get(v());if(!n||!p||v()===c)return;c=v();let{top:u,bottom:w}=p.getBoundingClientRect(),f=n.getBoundingClientRect();(u<f.top||w>f.bottom)&&(n.scrollTop+=(u+w)/2-(f.top+f.bottom)/2)}function E(){for(let[p,u]of h)u.classList.toggle("lrpw-graph-active",p===a),u.setAttribute("aria-selected",String(p===v()));let n=h.get(a);n?o.setAttribute("aria-activedescendant",n.id):o.removeAttribute("aria-activedescendant")}function M(n,p){t.send?.({kind:n,name:p})}function P(n){if(!(n.ctrlKey||n.metaKey||n.altKey)){if(i.open)if(n.key==="Escape"||n.key==="?")i.close();else return;else if(n.key==="?")i.toggle();else if(n.key==="Enter"&&!n.shiftKey)M("choose",a);else if(n.key===" ")M("toggle",a);else{let p=X(m(),b(),a,n.key);if(p===null)return;a=p,E(),h.get(a)?.scrollIntoView({block:"nearest",inline:"nearest"})}n.preventDefault(),n.stopPropagation()}}function J(){D(),E(),I(),d.update("",m().length>0,"There is no graph yet."),G()}let z=l("span",{hidden:!0});e.append(z);let _="";function G(){let n={};for(let[u,w]of Object.entries(oe))z.style.color=`var(--lrpw-${w})`,n[u]=getComputedStyle(z).color;let p={kind:"screen",ratio:window.devicePixelRatio,colours:n};JSON.stringify(p)!==_&&(_=JSON.stringify(p),t.send?.(p))}e.addEventListener("keydown",P);let U=V({contains:n=>(e.closest(".lrpw-graph-view")??e).contains(n)}),L=new k(e,t,ie,J),A=new MutationObserver(()=>L.request());A.observe(document.body,{attributes:!0}),A.observe(document.documentElement,{attributes:!0});let O=()=>L.request();return document.addEventListener("load",O,!0),()=>{document.removeEventListener("load",O,!0),A.disconnect(),L.dispose(),U(),d.dispose(),e.remove()}}function B(r){let t=e=>e==="layout"?"_layout":e;return{get:e=>r.get(t(e)),set:(e,o)=>r.set(t(e),o),commit:()=>r.save_changes(),on:(e,o)=>{let s=`change:${t(e)}`;return r.on(s,o),()=>r.off(s,o)},send:e=>r.send(e),hear:e=>(r.on("msg:custom",e),()=>r.off("msg:custom",e))}}function ae({model:r,el:t}){return Y(t,B(r))}var _e={render:ae};export{_e as default};
