using System.Globalization;
using System.Text;
using Monorepo.Formats;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.History;

/// <summary>How much of the history files counts. Layout in FORMAT.md.</summary>
/// <param name="Epoch">The server's numbering; 0 before anything was received.</param>
/// <param name="Commits">In the log here.</param>
/// <param name="LogBytes">Of <c>commits</c>.</param>
/// <param name="EdgeEntries">Of <c>edges</c>.</param>
internal readonly record struct HistoryState(ulong Epoch, int Commits, long LogBytes, int EdgeEntries)
{
    private const string Magic = "mr-history 1";

    /// <summary>The state, or the empty one where there is no file.</summary>
    /// <exception cref="CorruptHistoryException">The file is damaged.</exception>
    public static HistoryState Load(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return default;
        }

        string[] lines = text.Split('\n');
        if (lines.Length == 7 && lines[0] == Magic
            && ulong.TryParse(Value(lines[1], "epoch "), NumberStyles.None, CultureInfo.InvariantCulture, out ulong epoch)
            && int.TryParse(Value(lines[2], "commits "), NumberStyles.None, CultureInfo.InvariantCulture, out int commits)
            && long.TryParse(Value(lines[3], "log "), NumberStyles.None, CultureInfo.InvariantCulture, out long logBytes)
            && int.TryParse(Value(lines[4], "edges "), NumberStyles.None, CultureInfo.InvariantCulture, out int edges))
        {
            HistoryState state = new(epoch, commits, logBytes, edges);
            if (state.Format() == text)
            {
                return state;
            }
        }

        throw new CorruptHistoryException($"'{path}' is damaged: this clone's history can't be trusted.");
    }

    public void Save(string path) => DurableFile.Replace(path, Encoding.ASCII.GetBytes(Format()));

    private string Format()
    {
        string body = string.Create(CultureInfo.InvariantCulture, $"{Magic}\nepoch {Epoch}\ncommits {Commits}\nlog {LogBytes}\nedges {EdgeEntries}\n");
        return string.Create(CultureInfo.InvariantCulture, $"{body}crc {Checksum.Compute(Encoding.ASCII.GetBytes(body)):x8}\n");
    }

    private static ReadOnlySpan<char> Value(string line, string key) =>
        line.StartsWith(key, StringComparison.Ordinal) ? line.AsSpan(key.Length) : default;
}
