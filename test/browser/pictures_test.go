//go:build browser

package browser

import (
	"bytes"
	"cmp"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// picturesFlag is where TestPages writes its pictures; empty for nowhere.
var picturesFlag = flag.String("pictures", "", "folder for the pictures of all pages")

// colours is how many a picture has. Few make the files small; edges of letters need some.
const colours = 16

// sameTimes puts one moment where a page shows when something was done, so that
// a picture changes only when the page does.
const sameTimes = `() => {
	const years = [new Date().getFullYear() - 1, new Date().getFullYear()];
	document.querySelectorAll('time').forEach(t => { if (years.includes(new Date(t.dateTime).getFullYear())) t.textContent = '2026-03-02 09:14 UTC' });
	return true;
}`

// tallest is how much of a long page a picture shows.
const tallest = 1500

// pictured tells whether the view has pictures: variations of another have none.
func (v view) pictured() bool { return v.name != "" && !v.variation }

// takePictures writes a page in both colour schemes, and narrow ones of some.
func takePictures(p *Page, v view) {
	p.t.Helper()
	if *picturesFlag == "" || !v.pictured() {
		return
	}
	_, err := script[bool](p, sameTimes, nil)
	must(p.t, err)
	for _, scheme := range []string{"light", "dark"} {
		takePicture(p, v.name+"-"+scheme+".png", scheme, usualWidth)
		if v.phone {
			takePicture(p, v.name+"-narrow-"+scheme+".png", scheme, 360)
		}
	}
}

func takePicture(p *Page, name, scheme string, width int) {
	p.t.Helper()
	file := filepath.Join(*picturesFlag, name)
	p.Screenshot(file, scheme, width)
	raw, err := os.ReadFile(file)
	must(p.t, err)
	small, err := shrink(raw)
	must(p.t, err)
	must(p.t, os.WriteFile(file, small, 0o644))
}

// shrink writes a PNG again with few colours.
func shrink(raw []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	seen := full.Bounds()
	seen.Max.Y = min(seen.Max.Y, seen.Min.Y+tallest)
	few := image.NewPaletted(seen, palette(full, colours))
	draw.Draw(few, seen, full, seen.Min, draw.Src)
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few)
	return out.Bytes(), err
}

// shade is a colour with how often a picture has it.
type shade struct {
	rgb [3]uint8
	n   int
}

// palette chooses up to n colours: the commonest third, and of the others one for
// each of the boxes into which their space is cut, the longest first.
func palette(full image.Image, n int) color.Palette {
	counts := map[[3]uint8]int{}
	bounds := full.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			r, g, b, _ := full.At(x, y).RGBA()
			counts[[3]uint8{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)}]++
		}
	}
	var every []shade
	for rgb, n := range counts {
		every = append(every, shade{rgb, n})
	}
	// What covers most keeps its colour exactly, and the order is the same every time.
	slices.SortFunc(every, func(a, b shade) int { return cmp.Or(b.n-a.n, slices.Compare(a.rgb[:], b.rgb[:])) })
	var out color.Palette
	for _, c := range every[:min(n/3, len(every))] {
		out = append(out, color.RGBA{c.rgb[0], c.rgb[1], c.rgb[2], 255})
	}
	if len(out) == len(every) {
		return out
	}
	boxes := [][]shade{every[len(out):]}
	for len(boxes) < n-n/3 {
		at, side, best := -1, 0, 0
		for i, box := range boxes {
			if s, length := longest(box); length > best {
				at, side, best = i, s, length
			}
		}
		if at < 0 {
			break
		}
		low, high := cut(boxes[at], side)
		boxes[at] = low
		boxes = append(boxes, high)
	}
	for _, box := range boxes {
		out = append(out, most(box))
	}
	return out
}

// longest is the side along which a box spreads most.
func longest(box []shade) (side, length int) {
	for s := range 3 {
		low, high := 255, 0
		for _, c := range box {
			low, high = min(low, int(c.rgb[s])), max(high, int(c.rgb[s]))
		}
		if high-low > length {
			side, length = s, high-low
		}
	}
	return side, length
}

// cut parts a box in the middle of a side.
func cut(box []shade, side int) (low, high []shade) {
	box = slices.Clone(box)
	slices.SortStableFunc(box, func(a, b shade) int { return int(a.rgb[side]) - int(b.rgb[side]) })
	middle := (int(box[0].rgb[side]) + int(box[len(box)-1].rgb[side]) + 1) / 2
	i := slices.IndexFunc(box, func(c shade) bool { return int(c.rgb[side]) >= middle })
	return box[:i], box[i:]
}

// most is the commonest colour of a box: surfaces keep exactly theirs.
func most(box []shade) color.Color {
	best := slices.MaxFunc(box, func(a, b shade) int { return a.n - b.n })
	return color.RGBA{best.rgb[0], best.rgb[1], best.rgb[2], 255}
}

// TestPicturesAreShown holds the folder of pictures against its page: whatever is
// pictured is shown and the other way round.
func TestPicturesAreShown(t *testing.T) {
	const folder = "../../docs/console"
	text, err := os.ReadFile(filepath.Join(folder, "README.md"))
	must(t, err)
	files, err := filepath.Glob(filepath.Join(folder, "*.png"))
	must(t, err)
	there := map[string]bool{}
	for _, f := range files {
		there[filepath.Base(f)] = true
	}
	for _, m := range regexp.MustCompile(`[a-z-]+\.png`).FindAllString(string(text), -1) {
		if !there[m] {
			t.Errorf("the page shows %s, which is not there", m)
		}
	}
	for _, v := range slices.Concat(filledViews(), setUpViews()) {
		if !v.pictured() {
			continue
		}
		if !there[v.name+"-light.png"] || !there[v.name+"-dark.png"] {
			t.Errorf("make pictures: %s has none", v.name)
		}
		if !strings.Contains(string(text), v.name+"-light.png") {
			t.Errorf("the page does not show %s", v.name)
		}
	}
}
