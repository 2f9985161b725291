function l(r,e={},...t){let n=document.createElement(r);for(let[s,i]of Object.entries(e))i!==!1&&n.setAttribute(s,i===!0?"":String(i));return n.append(...t),n}function y(r,e){r.textContent!==e&&(r.textContent=e)}var te=Math.random().toString(36).slice(2),re=0;function R(){return`lrpw-${te}-${++re}`}function H(r,e,t){let n=l("button",{class:"lrpw-button",type:"button",title:e,"aria-label":e},r);return n.addEventListener("click",t),n}var k=class{before=null;done=H("Close","Close (Esc)",()=>this.close());element;constructor(e){this.element=l("div",{class:"lrpw-help",role:"dialog","aria-label":"Keys",hidden:!0},l("div",{class:"lrpw-help-head"},l("strong",{},"Keys"),this.done),l("table",{},...e.map(([t,n])=>l("tr",{},l("th",{scope:"row"},t),l("td",{},n)))))}get open(){return!this.element.hidden}toggle(){if(this.open)return this.close();this.before=document.activeElement instanceof HTMLElement?document.activeElement:null,this.element.hidden=!1,this.done.focus({preventScroll:!0})}close(){this.element.hidden=!0,this.before?.focus({preventScroll:!0})}};var S=class{constructor(e,t,n,s){this.draw=s;let i=()=>this.request();for(let m of n)this.undo.push(t.on(m,i));let d=new ResizeObserver(i);d.observe(e),this.undo.push(()=>d.disconnect()),window.addEventListener("resize",i),this.undo.push(()=>window.removeEventListener("resize",i));let a=matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`),c=()=>{a.removeEventListener("change",c),a=matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`),a.addEventListener("change",c),i()};a.addEventListener("change",c),this.undo.push(()=>a.removeEventListener("change",c)),i()}draw;undo=[];frame=0;request(){this.frame||=requestAnimationFrame(()=>{this.frame=0,this.draw()})}dispose(){for(let e of this.undo.splice(0))e();cancelAnimationFrame(this.frame),this.frame=-1}};function $(r,e=()=>!1){let t=n=>{let{target:s}=n;if(!(s instanceof Element)||!r.contains(s))return;let i=!n.ctrlKey&&!n.metaKey&&!n.altKey&&!(n.key==="Enter"&&n.shiftKey);s.toggleAttribute("data-lm-suppress-shortcuts",i||e(n))};return window.addEventListener("keydown",t,!0),()=>window.removeEventListener("keydown",t,!0)}function A(r,e,t){return r>e?r<t?r:t:e}var ne=150,M=class{constructor(e,t){this.root=e;this.store=t;this.stop.addEventListener("click",()=>t.send?.({kind:"stop"})),this.progress.append(this.stop)}root;store;line=l("div",{class:"lrpw-progress-part"});progress=l("div",{class:"lrpw-progress",role:"progressbar","aria-label":"Working"},this.line);stop=l("button",{class:"lrpw-button lrpw-stop",type:"button",title:"Stop the work"},"Stop");sentence=l("span");details=l("pre");more=l("details",{},l("summary",{},"Details"),this.details);error=l("div",{class:"lrpw-error",role:"alert",hidden:!0},this.sentence,this.more);empty=l("div",{class:"lrpw-empty",hidden:!0});element=l("div",{class:"lrpw-status"},this.error,this.empty);timer=0;update(e,t,n){let{store:s,root:i}=this,d=s.get("status")==="busy";d&&!this.timer?this.timer=window.setTimeout(()=>i.classList.add("lrpw-busy"),ne):!d&&this.timer&&(this.dispose(),i.classList.remove("lrpw-busy")),i.setAttribute("aria-busy",String(d));let a=s.get("progress"),c=typeof a=="number"&&Number.isFinite(a);this.progress.classList.toggle("lrpw-unknown",!c),this.line.style.width=c?`${100*A(a,0,1)}%`:"",c?this.progress.setAttribute("aria-valuenow",String(Math.round(100*A(a,0,1)))):this.progress.removeAttribute("aria-valuenow"),this.stop.hidden=!s.send;let m=s.get("error"),h=e||(typeof m=="string"?m:""),[g,...b]=h.trim().split(`
`);this.error.hidden=!g,y(this.sentence,g),this.more.hidden=b.length===0,y(this.details,b.join(`
`)),this.empty.hidden=t||!!g,y(this.empty,d?"Computing the first picture.":n)}dispose(){window.clearTimeout(this.timer),this.timer=0}};var oe={text:["--jp-ui-font-color1","light-dark(#1f2328, #e4e6eb)"],quiet:["--jp-ui-font-color2","light-dark(#5b6470, #9aa3af)"],surface:["--jp-layout-color1","light-dark(#ffffff, #111418)"],field:["--jp-layout-color1","light-dark(#ffffff, #1a1e24)"],soft:["--jp-layout-color2","light-dark(#eef0f3, #262b33)"],line:["--jp-border-color1","light-dark(#c9ced6, #3c434e)"],accent:["--jp-brand-color1","light-dark(#1976d2, #64b5f6)"],bad:["--jp-error-color1","light-dark(#c62828, #ef9a9a)"]};function K(r){return Object.entries(oe).map(([e,t])=>`  --lrpw-${e}: ${r(t)};`).join(`
`)}var ie="The kernel has ended or restarted. What is drawn stays; run the cell again to go on.",se=`
.jupyter-widgets-disconnected:has(> .lrpw-view)::before {
  content: ${JSON.stringify(ie)};
  display: block; box-sizing: border-box; width: 100%; margin: 0 0 8px; padding: 8px 12px;
  border-left: 3px solid var(--jp-error-color1, #c62828); background: var(--jp-layout-color2, #eef0f3);
  color: var(--jp-ui-font-color1, #1f2328); font: 13px/16px var(--jp-ui-font-family, system-ui, sans-serif);
}
.lrpw-view {
  color-scheme: light dark;
${K(([r,e])=>`var(${r}, ${e})`)}
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
${K(([,r])=>r)}
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
.lrpw-view .lrpw-button:disabled { opacity: 0.4; cursor: default; }
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
`,V=new Map;function q(r,e=""){let t=r.getRootNode(),n=t instanceof ShadowRoot?t:r.ownerDocument;for(let s of[se,e]){if(!s)continue;let i=V.get(s);i||(i=new CSSStyleSheet,i.replaceSync(s),V.set(s,i)),n.adoptedStyleSheets.includes(i)||n.adoptedStyleSheets.push(i)}}var X=`
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
`;function Y(r,e,t,n){if(r.length===0)return null;if(n==="Home")return r[0].name;if(n==="End")return r[r.length-1].name;let s=r.find(i=>i.name===t)??r[0];if(n==="ArrowDown"||n==="ArrowUp"){let i=n==="ArrowDown",d=ae(e.filter(a=>(i?a.above:a.below)===s.name));return d?i?d.below:d.above:s.name}if(n==="ArrowLeft"||n==="ArrowRight"){let i=n==="ArrowRight"?1:-1,d=c=>c.y+c.height/2;return r.filter(c=>Math.abs(d(c)-d(s))<1&&i*(c.x-s.x)>0).sort((c,m)=>i*(c.x-m.x))[0]?.name??s.name}return null}function ae(r){return r.reduce((e,t)=>e&&e.weight>=t.weight?e:t,void 0)}var O="http://www.w3.org/2000/svg",le={ink:"text",quiet:"quiet",surface:"surface",line:"line",accent:"accent"},pe=["_boxes","_edges","_size","_zoom","_chosen","status","progress","error"],de=[["\u2191 \u2193","Along the widest edge, towards the output or the input"],["\u2190 \u2192","To the branch beside"],["Home, End","To the output, to the input"],["Enter","Choose the layer"],["Space","Open or close the module"],["?","This table"]];function W(r,e){q(r,X),r.classList.add("lrpw-graph-layer");let t=l("div",{class:"lrpw-view lrpw-graph"}),n=l("div",{class:"lrpw-graph-nodes",role:"listbox","aria-label":"Layers, from the output down",tabindex:0}),s=document.createElementNS(O,"svg");s.setAttribute("class","lrpw-graph-edges"),s.setAttribute("aria-hidden","true");let i=new k(de),d=new M(t,e);t.append(d.progress,s,n,d.element,i.element),r.append(t);let a="",c="",m=[],h=new Map,g=()=>e.get("_boxes")??[],b=()=>e.get("_edges")??[],v=()=>String(e.get("_chosen")??""),T=()=>Number(e.get("_zoom"))||1;function I(){let o=[e.get("_boxes"),e.get("_edges"),T()];if(o.every((w,f)=>w===m[f]))return;m=o,h=new Map(g().map(w=>[w.name,F(w)])),n.replaceChildren(...h.values()),s.replaceChildren(...b().map(J));let[p,u]=e.get("_size");s.setAttribute("viewBox",`0 0 ${p} ${u}`),h.has(a)||(a=h.has(v())?v():g()[0]?.name??"")}function F(o){let p=R(),u=l("div",{id:p,class:"lrpw-graph-node",role:"option",title:o.text,"aria-label":o.text,"data-node":o.name});for(let[w,f]of Object.entries({left:o.x,top:o.y,width:o.width,height:o.height}))u.style.setProperty(w,`${f*T()}px`);return u.addEventListener("click",w=>{a=o.name,_(w.detail>1?"toggle":"choose",o.name),E()}),u}function J(o){let p=document.createElementNS(O,"path");p.setAttribute("d",o.path),p.setAttribute("stroke-width",String(Math.max(10,o.width)));let u=document.createElementNS(O,"title");return u.textContent=o.text,p.append(u),p}function G(){let o=t.closest(".lrpw-graph-stage"),p=h.get(v());if(!o||!p||v()===c)return;c=v();let{top:u,bottom:w}=p.getBoundingClientRect(),f=o.getBoundingClientRect();(u<f.top||w>f.bottom)&&(o.scrollTop+=(u+w)/2-(f.top+f.bottom)/2)}function E(){for(let[p,u]of h)u.classList.toggle("lrpw-graph-active",p===a),u.setAttribute("aria-selected",String(p===v()));let o=h.get(a);o?n.setAttribute("aria-activedescendant",o.id):n.removeAttribute("aria-activedescendant")}function _(o,p){e.send?.({kind:o,name:p})}function U(o){if(!(o.ctrlKey||o.metaKey||o.altKey)){if(i.open)if(o.key==="Escape"||o.key==="?")i.close();else return;else if(o.key==="?")i.toggle();else if(o.key==="Enter"&&!o.shiftKey)_("choose",a);else if(o.key===" ")_("toggle",a);else{let p=Y(g(),b(),a,o.key);if(p===null)return;a=p,E(),h.get(a)?.scrollIntoView({block:"nearest",inline:"nearest"})}o.preventDefault(),o.stopPropagation()}}function Z(){I(),E(),G(),d.update("",g().length>0,"There is no graph yet."),Q()}let L=l("span",{hidden:!0});t.append(L);let N="";function Q(){let o={};for(let[u,w]of Object.entries(le))L.style.color=`var(--lrpw-${w})`,o[u]=getComputedStyle(L).color;let p={kind:"screen",ratio:window.devicePixelRatio,colours:o};JSON.stringify(p)!==N&&(N=JSON.stringify(p),e.send?.(p))}t.addEventListener("keydown",U);let ee=$({contains:o=>(t.closest(".lrpw-graph-view")??t).contains(o)}),z=new S(t,e,pe,Z),j=new MutationObserver(()=>z.request());j.observe(document.body,{attributes:!0}),j.observe(document.documentElement,{attributes:!0});let C=()=>z.request();return document.addEventListener("load",C,!0),()=>{document.removeEventListener("load",C,!0),j.disconnect(),z.dispose(),ee(),d.dispose(),t.remove()}}var x="_lrpw_probe",ce={content:{data:{method:"nothing"}},buffers:[]},ue="jupyter-widgets-disconnected";function B(r){return{initialize:({model:e})=>{he(e)},render:e=>{let t=[r(e),we(e.model,e.el)];return()=>t.forEach(n=>n())}}}function we(r,e){let t=()=>{e.classList.toggle(ue,P(r)?.comm_live===!1)};return r.on("comm_live_update",t),t(),()=>r.off("comm_live_update",t)}async function he(r){let e=P(r);if(!e?.comm)return!1;try{return await e._handle_comm_msg(ce),!1}catch{let t=me(e);return t?(e.comm.on_msg(n=>t.call(e,n)),e.comm.send({method:"request_state"}),!0):!1}}function P(r){let e=null,t=s=>{e=s};r.on(`change:${x}`,t),r.set(x,!0),r.off(`change:${x}`,t);let n=e;return n?.unset(x,{silent:!0}),n?._buffered_state_diff&&delete n._buffered_state_diff[x],n}function me(r){let e=r._handle_comm_msg;for(let t=Object.getPrototypeOf(r);t;t=Object.getPrototypeOf(t)){let n=Object.getOwnPropertyDescriptor(t,"_handle_comm_msg")?.value;if(n&&n!==e)return n}return null}function D(r){let e=t=>t==="layout"?"_layout":t;return{get:t=>r.get(e(t)),set:(t,n)=>r.set(e(t),n),commit:()=>r.save_changes(),on:(t,n)=>{let s=`change:${e(t)}`;return r.on(s,n),()=>r.off(s,n)},send:t=>r.send(t),hear:t=>(r.on("msg:custom",t),()=>r.off("msg:custom",t))}}function ge({model:r,el:e}){return W(e,D(r))}var We=B(ge);export{We as default};
