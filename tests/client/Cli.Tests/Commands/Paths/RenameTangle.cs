using System.Globalization;
using System.Text;

namespace Monorepo.Cli.Tests.Commands.Paths;

/// <summary>
/// A fast-import stream of renames of every kind: whole directories, with edits of every size, to the same name elsewhere, of equal contents,
/// of links and executables, names that need quotes, binary files, empty files.
/// </summary>
internal static class RenameTangle
{
    private static readonly string[] s_directories = ["", "src/", "src/core/", "lib/", "docs and more/", "tests/unit/deep/down/below/with/a/name/that/is/long/"];
    private static readonly string[] s_names = ["main.c", "util.c", "README", "ünicode.txt", "with space", "tab\tname", "a", "b", "data.bin", "quite_a_long_name_for_a_file_in_a_table_of_changes.cs"];

    /// <param name="seed">Of everything.</param>
    /// <param name="commits">How many.</param>
    /// <param name="links">Also symbolic links, some to nowhere that no file system can hold.</param>
    public static string Generate(int seed, int commits, bool links = true)
    {
        Random random = new(seed);
        StringBuilder stream = new();
        SortedDictionary<string, (string Mode, string Text)> files = new(StringComparer.Ordinal);
        for (int i = 0; i < commits; i++)
        {
            stream.Append(CultureInfo.InvariantCulture, $"commit refs/heads/main\nmark :{i + 1}\ncommitter A <a@example.com> {1_500_000_000 + (i * 100)} +0000\ndata <<E\nrenames {i}\nE\n");
            for (int edits = 1 + random.Next(6); edits > 0; edits--)
            {
                Edit(random, files, links);
            }

            stream.Append("deleteall\n");
            foreach ((string path, (string mode, string text)) in files)
            {
                stream.Append(CultureInfo.InvariantCulture, $"M {mode} inline {Quoted(path)}\ndata {Encoding.UTF8.GetByteCount(text)}\n{text}\n");
            }
        }

        return stream.Append('\n').ToString();
    }

    private static void Edit(Random random, SortedDictionary<string, (string Mode, string Text)> files, bool links)
    {
        string fresh = s_directories[random.Next(s_directories.Length)] + s_names[random.Next(s_names.Length)];
        if (files.Count < 8 || random.Next(4) == 0)
        {
            files[fresh] = (random.Next(5) switch { 0 => "755", 1 when links => "120000", _ => "644" }, Text(random));
            return;
        }

        string old = files.Keys.ElementAt(random.Next(files.Count));
        (string Mode, string Text) file = files[old];
        files.Remove(old);
        switch (random.Next(6))
        {
            case 0:
                break;
            case 1:
                files[old] = (file.Mode == "644" ? "755" : "644", file.Text);
                break;
            default:
                files[fresh] = file with { Text = file.Mode == "120000" ? file.Text : Changed(random, file.Text) };
                break;
        }
    }

    private static string Text(Random random) => random.Next(8) switch
    {
        0 => "",
        1 => "the same everywhere\n",
        2 => "bin\0ary " + random.Next(1000),
        _ => string.Concat(Enumerable.Range(0, 5 + random.Next(60)).Select(i => $"line {i} of {random.Next(40)}\n")) + (random.Next(5) == 0 ? "no end" : ""),
    };

    private static string Changed(Random random, string text)
    {
        string[] lines = text.Split('\n');
        for (int edits = lines.Length * random.Next(4) * random.Next(4) / 12; edits > 0; edits--)
        {
            lines[random.Next(lines.Length)] = "changed to " + random.Next(1000);
        }

        return string.Join('\n', lines);
    }

    private static string Quoted(string path) => $"\"{path.Replace("\t", "\\t", StringComparison.Ordinal)}\"";
}
