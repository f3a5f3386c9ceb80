package tui

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// maxNames is how many upload links are made at once.
const maxNames = 1000

// series is {1..12} or {01..12}.
var series = regexp.MustCompile(`\{(\d{1,4})\.\.(\d{1,4})\}`)

// uploadNames takes a list of names apart: they are separated by commas, and one
// with {01..12} in it stands for twelve, with numbers as wide as the first.
func uploadNames(text string) ([]string, error) {
	var all []string
	taken := map[string]bool{}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		for _, name := range expand(part) {
			if strings.HasSuffix(name, "/") || strings.HasPrefix(name, "/") {
				return nil, fmt.Errorf("%s is no name of a file", name)
			}
			if !taken[name] {
				taken[name] = true
				all = append(all, name)
			}
		}
		if len(all) > maxNames {
			return nil, fmt.Errorf("that is more than %d names", maxNames)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no name is typed")
	}
	return all, nil
}

// expand gives the names of a series, or the name itself.
func expand(name string) []string {
	at := series.FindStringSubmatchIndex(name)
	if at == nil {
		return []string{name}
	}
	low, high := name[at[2]:at[3]], name[at[4]:at[5]]
	from, _ := strconv.Atoi(low) // four digits at most
	to, _ := strconv.Atoi(high)
	if to < from {
		return []string{name}
	}
	var all []string
	for i := from; i <= to && len(all) <= maxNames; i++ {
		all = append(all, name[:at[0]]+fmt.Sprintf("%0*d", len(low), i)+name[at[1]:])
	}
	return all
}
