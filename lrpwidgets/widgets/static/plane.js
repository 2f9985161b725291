function a(o,e={},...t){let r=document.createElement(o);for(let[s,n]of Object.entries(e))n!==!1&&r.setAttribute(s,n===!0?"":String(n));return r.append(...t),r}function u(o,e){o.textContent!==e&&(o.textContent=e)}var I=Math.random().toString(36).slice(2);function b(o,e,t){let r=a("button",{class:"lrpw-button",type:"button",title:e,"aria-label":e},o);return r.addEventListener("click",t),r}function d(o,e=3){if(!Number.isFinite(o))return String(o);let t=Math.abs(o);if(t===0)return"0";if(t>=1e5||t<1e-4)return o.toExponential(e-1);let r=Math.max(0,e-1-Math.floor(Math.log10(t)));return o.toFixed(r)}var v=class{before=null;done=b("Close","Close (Esc)",()=>this.close());element;constructor(e){this.element=a("div",{class:"lrpw-help",role:"dialog","aria-label":"Keys",hidden:!0},a("div",{class:"lrpw-help-head"},a("strong",{},"Keys"),this.done),a("table",{},...e.map(([t,r])=>a("tr",{},a("th",{scope:"row"},t),a("td",{},r)))))}get open(){return!this.element.hidden}toggle(){if(this.open)return this.close();this.before=document.activeElement instanceof HTMLElement?document.activeElement:null,this.element.hidden=!1,this.done.focus({preventScroll:!0})}close(){this.element.hidden=!0,this.before?.focus({preventScroll:!0})}};var y=class{constructor(e,t,r,s){this.draw=s;let n=()=>this.request();for(let c of r)this.undo.push(t.on(c,n));let l=new ResizeObserver(n);l.observe(e),this.undo.push(()=>l.disconnect()),window.addEventListener("resize",n),this.undo.push(()=>window.removeEventListener("resize",n));let i=matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`),p=()=>{i.removeEventListener("change",p),i=matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`),i.addEventListener("change",p),n()};i.addEventListener("change",p),this.undo.push(()=>i.removeEventListener("change",p)),n()}draw;undo=[];frame=0;request(){this.frame||=requestAnimationFrame(()=>{this.frame=0,this.draw()})}dispose(){for(let e of this.undo.splice(0))e();cancelAnimationFrame(this.frame),this.frame=-1}};function N(o,e=()=>!1){let t=r=>{let{target:s}=r;if(!(s instanceof Element)||!o.contains(s))return;let n=!r.ctrlKey&&!r.metaKey&&!r.altKey&&!(r.key==="Enter"&&r.shiftKey);s.toggleAttribute("data-lm-suppress-shortcuts",n||e(r))};return window.addEventListener("keydown",t,!0),()=>window.removeEventListener("keydown",t,!0)}function m(o,e,t){return o>e?o<t?o:t:e}var V=150,x=class{constructor(e,t){this.root=e;this.store=t;this.stop.addEventListener("click",()=>t.send?.({kind:"stop"})),this.progress.append(this.stop)}root;store;line=a("div",{class:"lrpw-progress-part"});progress=a("div",{class:"lrpw-progress",role:"progressbar","aria-label":"Working"},this.line);stop=a("button",{class:"lrpw-button lrpw-stop",type:"button",title:"Stop the work"},"Stop");sentence=a("span");details=a("pre");more=a("details",{},a("summary",{},"Details"),this.details);error=a("div",{class:"lrpw-error",role:"alert",hidden:!0},this.sentence,this.more);empty=a("div",{class:"lrpw-empty",hidden:!0});element=a("div",{class:"lrpw-status"},this.error,this.empty);timer=0;update(e,t,r){let{store:s,root:n}=this,l=s.get("status")==="busy";l&&!this.timer?this.timer=window.setTimeout(()=>n.classList.add("lrpw-busy"),V):!l&&this.timer&&(this.dispose(),n.classList.remove("lrpw-busy")),n.setAttribute("aria-busy",String(l));let i=s.get("progress"),p=typeof i=="number"&&Number.isFinite(i);this.progress.classList.toggle("lrpw-unknown",!p),this.line.style.width=p?`${100*m(i,0,1)}%`:"",p?this.progress.setAttribute("aria-valuenow",String(Math.round(100*m(i,0,1)))):this.progress.removeAttribute("aria-valuenow"),this.stop.hidden=!s.send;let c=s.get("error"),h=e||(typeof c=="string"?c:""),[M,...E]=h.trim().split(`
`);this.error.hidden=!M,u(this.sentence,M),this.more.hidden=E.length===0,u(this.details,E.join(`
`)),this.empty.hidden=t||!!M,u(this.empty,l?"Computing the first picture.":r)}dispose(){window.clearTimeout(this.timer),this.timer=0}};var R={text:["--jp-ui-font-color1","light-dark(#1f2328, #e4e6eb)"],quiet:["--jp-ui-font-color2","light-dark(#5b6470, #9aa3af)"],surface:["--jp-layout-color1","light-dark(#ffffff, #111418)"],field:["--jp-layout-color1","light-dark(#ffffff, #1a1e24)"],soft:["--jp-layout-color2","light-dark(#eef0f3, #262b33)"],line:["--jp-border-color1","light-dark(#c9ced6, #3c434e)"],accent:["--jp-brand-color1","light-dark(#1976d2, #64b5f6)"],bad:["--jp-error-color1","light-dark(#c62828, #ef9a9a)"]};function L(o){return Object.entries(R).map(([e,t])=>`  --lrpw-${e}: ${o(t)};`).join(`
`)}var C=`
.lrpw-view {
  color-scheme: light dark;
${L(([o,e])=>`var(${o}, ${e})`)}
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
${L(([,o])=>o)}
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
`,_=new Map;function $(o,e=""){let t=o.getRootNode(),r=t instanceof ShadowRoot?t:o.ownerDocument;for(let s of[C,e]){if(!s)continue;let n=_.get(s);n||(n=new CSSStyleSheet,n.replaceSync(s),_.set(s,n)),r.adoptedStyleSheets.includes(n)||r.adoptedStyleSheets.push(n)}}function A(o){if(o instanceof ArrayBuffer)return new Float32Array(o,0,o.byteLength>>2);if(!ArrayBuffer.isView(o))return new Float32Array(0);let e=new Uint8Array(o.buffer,o.byteOffset,o.byteLength),t=e.byteOffset%4===0?e:e.slice();return new Float32Array(t.buffer,t.byteOffset,t.byteLength>>2)}var H=1e-5,z=o=>Array.isArray(o)?o.map(String):[],T=o=>Array.isArray(o)?[Number(o[0]),Number(o[1])]:[0,1],f=class{methods;names;low;high;nodes;arrows;score;relevance;constructor(e){this.methods=z(e.get("_methods")),this.names=z(e.get("_names")),this.low=T(e.get("_low")),this.high=T(e.get("_high")),this.nodes=Number(e.get("_nodes"))||0;let t=e.get("_arrows");this.arrows=Array.isArray(t)?t.map(Number):[],this.score=A(e.get("_score")),this.relevance=A(e.get("_relevance"))}get sound(){let{nodes:e,methods:t}=this,r=e*e;return e>1&&this.score.length===r&&this.relevance.length===t.length*r*2}f([e,t]){return this.score[e*this.nodes+t]}at(e,[t,r]){let s=2*((e*this.nodes+t)*this.nodes+r);return[this.relevance[s],this.relevance[s+1]]}node([e,t]){let r=(s,n)=>{let l=(s-this.low[n])/(this.high[n]-this.low[n]);return Math.floor(m(l,0,1)*(this.nodes-1)+.5)};return[r(t,1),r(e,0)]}place([e,t]){let r=(s,n)=>Number((this.low[n]+(this.high[n]-this.low[n])*s/(this.nodes-1)).toFixed(12));return[r(t,0),r(e,1)]}moved([e,t],r,s){return[m(e+s,0,this.nodes-1),m(t+r,0,this.nodes-1)]}reach(e){let t=0;for(let n of this.arrows)for(let l of this.arrows)t=Math.max(t,Math.hypot(...this.at(e,[n,l])));let r=2*this.nodes*this.nodes,s=0;for(let n=e*r;n<(e+1)*r;n++)s=Math.max(s,Math.abs(this.relevance[n]));return{arrow:t,bar:s}}shades(e){let t=1/0,r=-1/0;for(let n of this.score)t=Math.min(t,n),r=Math.max(r,n);let s=[];for(let n=1;n<e;n++){let l=t+(r-t)*(n-H)/e,i="";for(let p=0;r>t&&p<this.nodes;p++)for(let c=0;c<this.nodes;c++){if(this.f([p,c])<l)continue;let h=c;for(;c<this.nodes&&this.f([p,c])>=l;)c++;i+=`M${h} ${this.nodes-p-1}h${c-h}v1h${h-c}z`}s.push(i)}return s}};function j(o,e,t,r,s){let n=Math.hypot(t,r),l=c=>c.toFixed(2);if(!(n>=.5))return`M${l(o)} ${l(e)}h0.01`;let i=Math.min(s,.5*n)/n,p=c=>`${l(o+t-i*(t-c*r))} ${l(e+r-i*(r+c*t))}`;return`M${l(o)} ${l(e)}L${l(o+t)} ${l(e+r)}M${p(.5)}L${l(o+t)} ${l(e+r)}L${p(-.5)}`}var g=300,X=10,Y=.85,D="http://www.w3.org/2000/svg";function w(o,e={}){let t=document.createElementNS(D,o);for(let[r,s]of Object.entries(e))t.setAttribute(r,String(s));return t}var k=class{constructor(e){this.method=e;this.plot.append(this.shades,this.arrows,this.own,this.dot);let t=a("div",{class:"lrpw-axis lrpw-muted"},this.across);this.element=a("figure",{},this.name,this.plot,t,...this.bars.map(({row:r})=>r),this.scale)}method;name=a("figcaption",{class:"lrpw-strong"});shades=w("g",{class:"lrpw-shades"});arrows=w("path",{class:"lrpw-arrows"});own=w("path",{class:"lrpw-own"});dot=w("circle",{class:"lrpw-dot",r:4.5});plot=w("svg",{class:"lrpw-plot",viewBox:`0 0 ${g} ${g}`,tabindex:0,role:"group"});across=a("span");bars=[0,1].map(()=>{let e=a("span"),t=a("span",{class:"lrpw-value"}),r=a("span",{class:"lrpw-label"}),s=a("div",{class:"lrpw-plane-bar"},e,a("span",{class:"lrpw-zero"}));return{bar:e,value:t,label:r,row:a("div",{class:"lrpw-row"},r,s,t)}});scale=a("div",{class:"lrpw-muted"});element;reach={arrow:0,bar:0};drawn=null;update(e,t){this.drawn!==e&&this.draw(e),this.drawn=e;let[r,s]=F(e,t);this.dot.setAttribute("cx",String(r)),this.dot.setAttribute("cy",String(s)),this.own.setAttribute("d",this.arrow(e,t,8)),e.at(this.method,t).forEach((n,l)=>{let{bar:i,value:p,row:c}=this.bars[l],h=this.reach.bar>0?50*Math.abs(n)/this.reach.bar:0;i.className=n<0?"lrpw-against":"lrpw-for",i.style.left=`${n<0?50-h:50}%`,i.style.width=`${h}%`,c.dataset.value=String(n),u(p,d(n,4))})}draw(e){let{method:t}=this,r=e.methods[t];this.reach=e.reach(t),u(this.name,r),this.plot.setAttribute("aria-label",`${r}: relevance all over the plane; arrow keys move the point`),this.shades.setAttribute("transform",`scale(${g/e.nodes})`),this.shades.replaceChildren(...e.shades(X).map(i=>w("path",{d:i})));let s=e.arrows.flatMap(i=>e.arrows.map(p=>[i,p]));this.arrows.setAttribute("d",s.map(i=>this.arrow(e,i,5)).join(""));let[n,l]=[e.low,e.high].map(i=>i.map(p=>d(p)));u(this.across,`${e.names[0]} \u2192 from ${n[0]} to ${l[0]}, ${e.names[1]} \u2191 from ${n[1]} to ${l[1]}`),this.bars.forEach(({label:i},p)=>u(i,`R of ${e.names[p]}`)),u(this.scale,`longest arrow ${d(this.reach.arrow)}, longest bar ${d(this.reach.bar)}`)}arrow(e,t,r){let[s,n]=F(e,t),[l,i]=e.at(this.method,t),p=this.reach.arrow>0?Y*g/e.arrows.length/this.reach.arrow:0;return j(s,n,l*p,-i*p,r)}};function F(o,[e,t]){return[(t+.5)*g/o.nodes,(o.nodes-.5-e)*g/o.nodes]}var O=`
.lrpw-plane-panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(232px, 100%), 1fr)); gap: 16px 24px; max-width: 1160px; }
.lrpw-plane figure { display: flex; flex-direction: column; gap: 4px; margin: 0; min-width: 0; max-width: 480px; }
.lrpw-plane figcaption { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.lrpw-plot { display: block; width: 100%; aspect-ratio: 1; overflow: hidden; border: 1px solid var(--lrpw-line); border-radius: 2px; background: var(--lrpw-surface); cursor: crosshair; touch-action: none; user-select: none; outline: none; }
.lrpw-plot:focus-visible { box-shadow: 0 0 0 2px var(--lrpw-surface), 0 0 0 4px var(--lrpw-accent); }
.lrpw-shades path { fill: var(--lrpw-text); fill-opacity: 0.05; shape-rendering: crispEdges; }
.lrpw-arrows, .lrpw-own { fill: none; stroke: var(--lrpw-text); stroke-width: 1.25; stroke-linecap: round; stroke-linejoin: round; }
.lrpw-own { stroke: var(--lrpw-accent); stroke-width: 3; }
.lrpw-dot { fill: var(--lrpw-accent); stroke: var(--lrpw-surface); stroke-width: 2; }
.lrpw-axis { font-size: 12px; }
.lrpw-plane .lrpw-value { min-width: 64px; }
.lrpw-plane-bar { position: relative; flex: 1; min-width: 40px; height: 8px; background: var(--lrpw-soft); border-radius: 2px; }
.lrpw-plane-bar span { position: absolute; top: 0; height: 100%; }
.lrpw-plane-bar .lrpw-for { background: #c0392b; }
.lrpw-plane-bar .lrpw-against { background: #2a6fb0; }
.lrpw-plane-bar .lrpw-zero { top: -2px; left: 50%; width: 2px; height: 12px; margin-left: -1px; background: var(--lrpw-text); }
`;var q=["_methods","_names","_low","_high","_nodes","_arrows","_score","_relevance"],U=[["drag, click","move the point"],["arrows","by one node of the grid"],["Shift + arrows","by ten"],["Esc","close this"],["?","this table"]],K={ArrowLeft:[-1,0],ArrowRight:[1,0],ArrowUp:[0,1],ArrowDown:[0,-1]},S=class{constructor(e,t){this.store=t;this.field=new f(t),this.status=new x(this.root,t);let r=a("div",{class:"lrpw-row"},this.readout,a("span",{class:"lrpw-space"}),b("?","Keys (?)",()=>this.help.toggle()));this.root.append(this.status.progress,this.status.element,this.panels,r,this.help.element),$(e,O),e.append(this.root);for(let s of q)this.undo.push(t.on(s,()=>this.renew()));this.undo.push(t.on("point",()=>{this.draft=null}),N(this.root)),this.root.addEventListener("keydown",s=>this.key(s)),this.root.addEventListener("keyup",()=>this.settle()),this.root.addEventListener("focusout",()=>this.settle()),this.redrawing=new y(this.root,t,["point","status","progress","error"],()=>this.draw())}store;root=a("div",{class:"lrpw-view lrpw-plane",role:"group","aria-label":"Explanations over a plane"});panels=a("div",{class:"lrpw-plane-panels"});readout=a("span",{class:"lrpw-readout","aria-live":"polite"});help=new v(U);status;redrawing;undo=[];list=[];field;draft=null;frames=0;renew(){this.field=new f(this.store),this.redrawing.request()}get node(){let e=this.store.get("point");return this.draft??this.field.node(Array.isArray(e)?[Number(e[0]),Number(e[1])]:[0,0])}move(e){this.draft=e,this.redrawing.request()}settle(){if(!this.draft)return;let e=this.field.place(this.draft);this.store.set("point",e),this.draft=null,this.store.commit()}hand(e){let t=null,r=s=>{let n=e.getBoundingClientRect(),{nodes:l}=this.field,i=p=>Math.max(0,Math.min(l-1,Math.floor(p*l)));this.move([i((n.bottom-s.clientY)/n.height),i((s.clientX-n.left)/n.width)])};e.addEventListener("pointerdown",s=>{s.button!==0||t!==null||(t=s.pointerId,e.setPointerCapture(t),e.focus({preventScroll:!0}),s.preventDefault(),r(s))}),e.addEventListener("pointermove",s=>{s.pointerId===t&&r(s)});for(let s of["pointerup","pointercancel"])e.addEventListener(s,n=>{n.pointerId===t&&(t=null,this.settle())})}key(e){if(e.ctrlKey||e.metaKey||e.altKey)return;let t=e.target instanceof SVGElement;if(e.key==="?")this.help.toggle();else if(e.key==="Escape"&&this.help.open)this.help.close();else if(t&&Object.hasOwn(K,e.key)){let[r,s]=K[e.key],n=e.shiftKey?10:1;this.move(this.field.moved(this.node,n*r,n*s))}else return;e.preventDefault(),e.stopPropagation()}draw(){let{field:e,root:t}=this,r=e.sound;if(r){if(this.list.length!==e.methods.length){this.list=e.methods.map((i,p)=>new k(p));for(let{plot:i}of this.list)this.hand(i);this.panels.replaceChildren(...this.list.map(({element:i})=>i))}let s=this.node;for(let i of this.list)i.update(e,s);let n=e.place(s),l=e.names.map((i,p)=>`${i} = ${d(n[p],4)}`);u(this.readout,`${l.join(", ")}: f = ${d(e.f(s),4)}`),t.dataset.point=n.join(",")}this.status.update("",r,"Nothing to show yet."),t.dataset.ready=String(++this.frames)}dispose(){for(let e of this.undo.splice(0))e();this.redrawing.dispose(),this.status.dispose(),this.root.remove()}};function P(o){let e=t=>t==="layout"?"_layout":t;return{get:t=>o.get(e(t)),set:(t,r)=>o.set(e(t),r),commit:()=>o.save_changes(),on:(t,r)=>{let s=`change:${e(t)}`;return o.on(s,r),()=>o.off(s,r)},send:t=>o.send(t),hear:t=>(o.on("msg:custom",t),()=>o.off("msg:custom",t))}}function G({model:o,el:e}){let t=new S(e,P(o));return()=>t.dispose()}var Te={render:G};export{Te as default};
