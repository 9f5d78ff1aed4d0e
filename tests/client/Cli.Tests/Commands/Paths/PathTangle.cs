using System.Globalization;
using System.Text;

namespace Monorepo.Cli.Tests.Commands.Paths;

/// <summary>A fast-import stream whose paths have every kind of past.</summary>
internal static class PathTangle
{
    private static readonly string[] s_names = ["a", "a.b", "a-b", "b", "c"];
    private static readonly string[] s_people = ["Ann <ann@example.com>", "Bob <bob@example.com>"];

    public static string Generate(int seed, int commits)
    {
        Random random = new(seed);
        StringBuilder stream = new();
        List<SortedDictionary<string, string>> states = [];
        long time = 1_500_000_000;
        for (int i = 0; i < commits; i++)
        {
            // Clocks run backwards now and then; equal times are left to other tests.
            time += random.Next(8) == 0 ? -5_001 : 1 + random.Next(3_000);
            int[] parents = i == 0 || random.Next(60) == 0
                ? []
                : [.. Enumerable.Range(0, random.Next(10) switch { < 6 => 1, < 9 => 2, _ => 3 }).Select(_ => i - 1 - random.Next(Math.Min(i, 7))).Distinct()];
            SortedDictionary<string, string> files = parents.Length == 0 ? new(StringComparer.Ordinal) : new(states[parents[0]], StringComparer.Ordinal);
            foreach (int parent in parents.Skip(1))
            {
                Mix(random, files, states[parent]);
            }

            for (int edits = random.Next(parents.Length > 1 ? 2 : 3); edits > 0; edits--)
            {
                Edit(random, files);
            }

            states.Add(files);
            string who = s_people[random.Next(s_people.Length)];
            stream.Append(CultureInfo.InvariantCulture, $"commit refs/heads/c{i}\nmark :{i + 1}\nauthor {who} {time} +0000\ncommitter {who} {time} +0000\ndata <<E\ncommit {i}\nE\n");
            for (int k = 0; k < parents.Length; k++)
            {
                stream.Append(CultureInfo.InvariantCulture, $"{(k == 0 ? "from" : "merge")} :{parents[k] + 1}\n");
            }

            stream.Append("deleteall\n");
            foreach ((string path, string content) in files)
            {
                stream.Append(CultureInfo.InvariantCulture, $"M {(content.StartsWith('x') ? "755" : "644")} inline {path}\ndata <<E\n{content}\nE\n");
            }
        }

        return stream.Append(CultureInfo.InvariantCulture, $"\nreset refs/heads/main\nfrom :{commits}\n\n").ToString();
    }

    /// <summary>A merge: about every second path from the other side, often all of them.</summary>
    private static void Mix(Random random, SortedDictionary<string, string> files, SortedDictionary<string, string> other)
    {
        int share = random.Next(4);
        foreach (string path in files.Keys.Concat(other.Keys).Distinct().Where(_ => random.Next(3) < share).ToList())
        {
            if (other.TryGetValue(path, out string? content))
            {
                Set(files, path, content);
            }
            else
            {
                files.Remove(path);
            }
        }
    }

    private static void Edit(Random random, SortedDictionary<string, string> files)
    {
        if (files.Count > 0 && random.Next(4) == 0)
        {
            files.Remove(files.Keys.ElementAt(random.Next(files.Count)));
            return;
        }

        // Few contents, so that two sides often make the same change.
        string path = string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => s_names[random.Next(s_names.Length)]));
        Set(files, path, $"{(random.Next(5) == 0 ? "x" : "")}{random.Next(4)}");
    }

    private static void Set(SortedDictionary<string, string> files, string path, string content)
    {
        foreach (string other in files.Keys.Where(k => k.StartsWith(path + "/", StringComparison.Ordinal) || path.StartsWith(k + "/", StringComparison.Ordinal)).ToList())
        {
            files.Remove(other);
        }

        files[path] = content;
    }
}
