package recipe

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"weft/config"
)

// Split is the step that makes several pictures of one. Its recipe's Output is a
// contact sheet of what was found; the pictures themselves are its Parts.
const Split = "split"

// Splitting is the recipe by which photos of several swatches are split if no
// other is named.
func Splitting() Recipe {
	return Recipe{Name: "split", About: "one picture of each swatch in a photo of several", To: DefaultTo,
		Steps: []Step{{"orient", nil}, {Split, nil}, {"jpeg", []string{"q92"}}}, Place: "built in"}
}

// Part is the key of the nth picture that a recipe with the step split makes of a
// source: single_images/stem-n.jpg, whatever the folder is called.
func (r Recipe) Part(source string, n int, f config.Folders) (string, error) {
	single := f.Prefix(config.SingleImages)
	if single == "" {
		return "", fmt.Errorf("recipe %s: no folder for single images is configured", r.Name)
	}
	if strings.HasPrefix(source, single) {
		return "", fmt.Errorf("%s: it lies in %s itself, where its parts would go: only photos in other folders are split", source, single)
	}
	name := path.Base(source)
	key := single + strings.TrimSuffix(name, path.Ext(name)) + "-" + strconv.Itoa(n) + "." + r.Ext()
	if len(key) > maxKey {
		return "", fmt.Errorf("%s: recipe %s: the key of a part would have %d bytes of at most %d: give the source a shorter name",
			source, r.Name, len(key), maxKey)
	}
	return key, nil
}
