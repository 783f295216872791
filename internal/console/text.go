package console

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"strings"
)

//go:embed texts/en.txt
var englishTexts []byte

// texts are the sentences and words that pages show, by key. They stand in one
// file, so that another language is another file.
type texts map[string]string

// loadTexts reads lines of the form "key = text". Lines that begin with # are
// notes; a line that begins with white space goes on with the one before.
func loadTexts() (texts, error) { return parseTexts(englishTexts) }

func parseTexts(file []byte) (texts, error) {
	t := texts{}
	last := ""
	s := bufio.NewScanner(bytes.NewReader(file))
	for n := 1; s.Scan(); n++ {
		line := s.Text()
		switch key, text, ok := strings.Cut(line, " = "); {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, " ") && last != "":
			t[last] += " " + strings.TrimSpace(line)
		case !ok || strings.ContainsAny(key, " \t"):
			return nil, fmt.Errorf("texts, line %d: expected key = text", n)
		default:
			if _, twice := t[key]; twice {
				return nil, fmt.Errorf("texts, line %d: %s stands there twice", n, key)
			}
			t[key], last = strings.TrimSpace(text), key
		}
	}
	return t, s.Err()
}

// get returns a text with its arguments put in. An unknown key is an error that
// ends the page: a test renders them all.
func (t texts) get(key string, args ...any) (string, error) {
	text, ok := t[key]
	if !ok {
		return "", fmt.Errorf("no text %q", key)
	}
	if len(args) == 0 {
		return text, nil
	}
	return fmt.Sprintf(text, args...), nil
}

// or returns a text, or nothing where there is none.
func (t texts) or(key string) string { return t[key] }

// sentence makes of an error's message what a reader expects: a capital letter
// at its beginning and a full stop.
func sentence(message string) string {
	if message == "" {
		return ""
	}
	message = strings.ToUpper(message[:1]) + message[1:]
	if !strings.HasSuffix(message, ".") {
		message += "."
	}
	return message
}
