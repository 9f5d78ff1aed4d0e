using System.Globalization;
using System.Text;

namespace Monorepo.Peers.Repositories;

/// <summary>Writes a history of a given shape as a stream for <c>git fast-import</c>. Memory: one number a line of every file.</summary>
internal sealed class HistoryGenerator
{
    private const int FilesPerFolder = 50;
    private const int FoldersPerFolder = 20;
    private const long FirstCommitSeconds = 1_600_000_000;

    private readonly HistoryShape _shape;
    private readonly int[] _versions;
    // Our own generator: System.Random's sequence may change between versions of .NET, and commit ids with it.
    private ulong _state;

    public HistoryGenerator(HistoryShape shape)
    {
        _shape = shape;
        _versions = new int[shape.Files * shape.LinesPerFile];
        _state = (ulong)shape.Seed + 0x9E37_79B9_7F4A_7C15;
    }

    public void WriteTo(Stream stream)
    {
        using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true) { NewLine = "\n" };
        for (int commit = 0; commit < _shape.Commits; commit++)
        {
            WriteHeader(writer, commit);
            if (commit == 0)
            {
                for (int file = 0; file < _shape.Files; file++)
                {
                    WriteFile(writer, file);
                }
            }
            else
            {
                for (int change = 0; change < _shape.ChangesPerCommit; change++)
                {
                    int file = Next(_shape.Files);
                    _versions[(file * _shape.LinesPerFile) + Next(_shape.LinesPerFile)]++;
                    WriteFile(writer, file);
                }
            }
        }

        writer.WriteLine("done");
    }

    private static void WriteHeader(StreamWriter writer, int commit)
    {
        string who = string.Create(CultureInfo.InvariantCulture, $"Person {commit % 97} <person{commit % 97}@example.com> {FirstCommitSeconds + (commit * 600L)} +0000");
        string message = string.Create(CultureInfo.InvariantCulture, $"Change number {commit}\n");
        writer.WriteLine("commit refs/heads/main");
        writer.WriteLine($"author {who}");
        writer.WriteLine($"committer {who}");
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"data {message.Length}"));
        writer.WriteLine(message);
    }

    private void WriteFile(StreamWriter writer, int file)
    {
        StringBuilder text = new();
        for (int line = 0; line < _shape.LinesPerFile; line++)
        {
            // Mixed, so that files do not compress to nothing and lines of different files differ.
            uint word = (uint)((((file * 2_654_435_761L) + line) * 40_503) ^ (_versions[(file * _shape.LinesPerFile) + line] * 2_246_822_519L));
            text.Append(CultureInfo.InvariantCulture, $"public int Field{line} => 0x{word:x8};\n");
        }

        int folder = file / FilesPerFolder;
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"M 100644 inline src/area{folder / FoldersPerFolder}/part{folder % FoldersPerFolder}/File{file}.cs"));
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"data {text.Length}"));
        writer.WriteLine(text);
    }

    // splitmix64 (Steele, Lea, Flood 2014).
    private int Next(int bound)
    {
        _state += 0x9E37_79B9_7F4A_7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return (int)((z ^ (z >> 31)) % (ulong)bound);
    }
}
