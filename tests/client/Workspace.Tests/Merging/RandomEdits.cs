using System.Globalization;

namespace Monorepo.Workspace.Tests.Merging;

/// <summary>Makes trees of text files and changes them as people do: lines, new files, removals, renames, permissions, links, files that become directories.</summary>
/// <param name="random">Decides.</param>
/// <param name="renames">Whether files are renamed.</param>
/// <param name="oddities">Whether there are links, submodules, binaries, and files and directories that swap places.</param>
/// <param name="directories">Whether directories are renamed, and files added to those that are there.</param>
internal sealed class RandomEdits(Random random, bool renames, bool oddities, bool directories = false)
{
    private static readonly string[] s_names = ["a", "b", "c", "d", "e.txt", "f", "g"];

    private int _unique;

    public TreeModel Create(int files)
    {
        TreeModel tree = new();
        for (int i = 0; i < files; i++)
            tree.Put(NewPath(), Content(random.Next(2, 30)));
        return tree;
    }

    public TreeModel Edit(TreeModel from, int edits)
    {
        TreeModel tree = new(from);
        for (int i = 0; i < edits; i++)
            EditOnce(tree);
        return tree;
    }

    private void EditOnce(TreeModel tree)
    {
        string? path = tree.Count == 0 ? null : tree.Keys.ElementAt(random.Next(tree.Count));
        int what = random.Next(directories ? 26 : 20);
        if (path is null || what < 4)
        {
            tree.Put(NewPath(), Content(random.Next(1, 20)));
            return;
        }

        if (what >= 20)
        {
            EditDirectory(tree, path, isRename: what < 23);
            return;
        }

        (string mode, string content) = tree[path];
        bool isText = IsText((mode, content));
        switch (what)
        {
            case 4 or 5:
                tree.Remove(path);
                break;
            case 6:
                tree[path] = mode switch { "100644" => ("100755", content), "100755" => ("100644", content), _ => (mode, content) };
                break;
            case 7 or 8 or 9 when renames && isText:
                tree.Remove(path);
                tree.Put(NewPath(), random.Next(2) == 0 ? content : EditLines(content, 1), mode);
                break;
            case 10 when oddities:
                tree.Put(path, $"target {random.Next(3)}", "120000");
                break;
            case 11 when oddities:
                tree.Put(path, new string((char)('1' + random.Next(3)), 40), "160000");
                break;
            case 12 when oddities:
                tree.Put(path + "/" + s_names[random.Next(s_names.Length)], Content(3));
                break;
            case 13 when oddities && path.Contains('/', StringComparison.Ordinal):
                tree.Put(path[..path.LastIndexOf('/')], Content(3));
                break;
            case 14 when oddities:
                tree.Put(path, $"binary\0{random.Next(3)}");
                break;
            default:
                if (isText)
                    tree[path] = (mode, EditLines(content, random.Next(1, 4)));
                break;
        }
    }

    private void EditDirectory(TreeModel tree, string path, bool isRename)
    {
        string[] parts = path.Split('/');
        if (parts.Length == 1)
            return;
        string directory = string.Join('/', parts[..random.Next(1, parts.Length)]) + "/";
        if (!isRename)
        {
            tree.Put(directory + (random.Next(3) == 0 ? NewPath() : s_names[random.Next(s_names.Length)]), Content(random.Next(1, 20)));
            return;
        }

        string place = random.Next(8) == 0 ? "" : NewPath() + "/";
        foreach (string old in tree.Keys.Where(k => k.StartsWith(directory, StringComparison.Ordinal)).ToArray())
        {
            // Others may be moved onto it if the new place is within the old one.
            if (random.Next(8) == 0 || !tree.Remove(old, out (string Mode, string Content) file))
                continue;
            tree.Put(place + old[directory.Length..], IsText(file) && random.Next(3) == 0 ? EditLines(file.Content, 1) : file.Content, file.Mode);
        }
    }

    private static bool IsText((string Mode, string Content) file) =>
        file.Mode is "100644" or "100755" && !file.Content.Contains('\0', StringComparison.Ordinal);

    // Lines are unlike each other, so that every way to compare finds the same.
    private string EditLines(string content, int edits)
    {
        List<string> lines = [.. content.Split('\n')];
        for (int i = 0; i < edits; i++)
        {
            int at = random.Next(lines.Count);
            switch (random.Next(3))
            {
                case 0 when lines.Count > 1:
                    lines.RemoveAt(at);
                    break;
                case 1:
                    lines[at] = Line();
                    break;
                default:
                    lines.Insert(at, Line());
                    break;
            }
        }

        return string.Join('\n', lines);
    }

    private string Content(int lines) => string.Concat(Enumerable.Range(0, lines).Select(_ => Line() + "\n"));

    private string Line() => string.Create(CultureInfo.InvariantCulture, $"line {++_unique} {random.Next():x8} of the text");

    private string NewPath() => string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => s_names[random.Next(s_names.Length)]));
}
