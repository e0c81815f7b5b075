// A canvas to sign on with finger, pen or mouse. What was drawn is handed over as a PNG once the pen is lifted.
export default function (component) {
  const { parentElement, setStateValue, data } = component
  const canvas = parentElement.querySelector("canvas")
  const again = parentElement.querySelector("button")
  again.textContent = data.again
  if (canvas.dataset.ready) return
  canvas.dataset.ready = "yes"
  const pen = canvas.getContext("2d")
  let drawing = false
  let drawn = false

  function fit() {
    const ratio = window.devicePixelRatio || 1
    canvas.width = Math.min(1200, Math.round(canvas.clientWidth * ratio))
    canvas.height = Math.round((canvas.width * canvas.clientHeight) / Math.max(1, canvas.clientWidth))
    clean()
  }

  function clean() {
    pen.fillStyle = "#ffffff"
    pen.fillRect(0, 0, canvas.width, canvas.height)
    pen.strokeStyle = "#10204a"
    pen.lineWidth = Math.max(2, canvas.width / 220)
    pen.lineCap = pen.lineJoin = "round"
    drawn = false
  }

  function at(event) {
    const box = canvas.getBoundingClientRect()
    return [
      ((event.clientX - box.left) * canvas.width) / box.width,
      ((event.clientY - box.top) * canvas.height) / box.height,
    ]
  }

  canvas.onpointerdown = (event) => {
    event.preventDefault()
    canvas.setPointerCapture(event.pointerId)
    drawing = true
    pen.beginPath()
    pen.moveTo(...at(event))
  }
  canvas.onpointermove = (event) => {
    if (!drawing) return
    pen.lineTo(...at(event))
    pen.stroke()
    drawn = true
  }
  canvas.onpointerup = canvas.onpointercancel = () => {
    if (drawing && drawn) setStateValue("png", canvas.toDataURL("image/png"))
    drawing = false
  }
  again.onclick = () => {
    clean()
    setStateValue("png", "")
  }
  fit()
}
