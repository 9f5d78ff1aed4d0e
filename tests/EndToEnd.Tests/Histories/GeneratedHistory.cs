using System.Globalization;
using System.Text;
using Monorepo.Testing.Git;

namespace Monorepo.EndToEnd.Tests.Histories;

/// <summary>
/// A small history with what real ones have only here and there: odd names, links, executables, empty and binary files, files that become
/// folders, merges, tags, bytes that are no UTF-8. The same for the same seed.
/// </summary>
internal static class GeneratedHistory
{
    private const int Commits = 60;
    private const int FilesMax = 40;
    private const int NoiseBytes = 300_000;

    public static void WriteTo(string bareRepository, int seed)
    {
        Directory.CreateDirectory(bareRepository);
        GitCommand.Run(bareRepository, "init", "-q", "--bare", "--initial-branch=main", ".");
        GitCommand.Run(bareRepository, Stream(seed), "fast-import", "--quiet");
    }

    private static byte[] Stream(int seed)
    {
#pragma warning disable CA5394 // Reproducible, not secret.
        Random random = new(seed);
        using MemoryStream stream = new();
        int mark = 0;
        int side = 0;
        List<string> oddPaths = ["\"sp ace.txt\"", "\"quote\\\"d\"", "\"tab\\there\"", "caf\u00e9.txt", "\"latin-\\351.txt\"", "dir.d/a", "dir-b/a", "dir/a", ".hidden"];
        for (int i = 0; i < Commits; i++)
        {
            bool onSide = i % 10 == 7;
            bool merges = i % 10 == 9 && side != 0;
            int main = mark;
            mark++;
            Line($"commit refs/heads/{(onSide ? "side" : "main")}");
            Line($"mark :{mark}");
            Line($"author Ann Onymous <ann@example.com> {1_600_000_000 + (i * 3_600)} +0530");
            Line($"committer Com M. Itter <com@example.com> {1_600_000_000 + (i * 3_600) + (i % 3)} -0800");
            Data(i % 7 == 3 ? $"Change {i}\n\nWith a body,\n  indented.\n" : i % 11 == 5 ? $"Change {i} without a last newline" : $"Change {i}\n");
            if (i > 0)
                Line($"from :{Parent(main)}");
            if (merges)
            {
                Line($"merge :{side}");
                side = 0;
            }

            if (onSide)
            {
                side = mark;
                File("100644", $"side/{i}.txt", $"side {i}\n");
            }

            if (i == 0)
            {
                foreach (string path in oddPaths)
                {
                    File("100644", path, $"in {path}\n");
                }

                File("100755", "tool.sh", "#!/bin/sh\necho tool\n");
                File("120000", "link", "tool.sh");
                File("120000", "links/dangling", "../nowhere/at all");
                File("100644", "empty", "");
                File("100644", "binary.bin", string.Concat(Enumerable.Range(0, 600).Select(n => (char)(n % 128))));
                File("100644", "becomes-folder", "a file\n");
                File("100644", ".gitignore", "*.log\n/build/\n!keep.log\n");
                File("100644", "large.txt", Noise(random));
            }

            if (i == 30)
            {
                Line("D becomes-folder");
                File("100644", "becomes-folder/inside", "now a folder\n");
                File("100755", "empty", "");
            }

            for (int change = random.Next(1, 5); change > 0; change--)
            {
                int number = random.Next(FilesMax);
                string path = string.Create(CultureInfo.InvariantCulture, $"src/{number % 7}/deep/{number}.cs");
                File("100644", path, Body(random, number));
            }

            Line("");
        }

        Line("tag v1");
        Line("from :20");
        Line("tagger Ann Onymous <ann@example.com> 1600100000 +0000");
        Data("The first\n");
        return stream.ToArray();

        // The newest commit of main: side commits are not on it.
        int Parent(int newest) => newest % 10 == 8 ? newest - 1 : newest;

        void Line(string text) => stream.Write(Encoding.UTF8.GetBytes(text + "\n"));

        void Data(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            Line($"data {bytes.Length}");
            stream.Write(bytes);
            Line("");
        }

        void File(string mode, string path, string content)
        {
            Line($"M {mode} inline {path}");
            Data(content);
        }
    }

    // Text that hardly compresses, so that fetching it takes many network packets.
    private static string Noise(Random random)
    {
        byte[] bytes = new byte[NoiseBytes];
        random.NextBytes(bytes);
        return Convert.ToBase64String(bytes, Base64FormattingOptions.InsertLineBreaks) + "\n";
    }

    private static string Body(Random random, int number)
    {
        StringBuilder text = new();
        for (int line = 0; line < 30; line++)
        {
            text.Append(CultureInfo.InvariantCulture, $"int value{line} = {(random.Next(4) == 0 ? random.Next(1_000) : number)};\n");
        }

        return text.ToString();
    }
#pragma warning restore CA5394
}
