using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Merging;
using Monorepo.Workspace.Trees;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.Unfinished;

/// <summary>An unfinished operation as a file. Layout in FORMAT.md.</summary>
internal static class OperationText
{
    private const string Magic = "mr-operation 1";

    public static byte[] Format(UnfinishedOperation operation)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{Magic}\nkind {operation.Command}\n");
        AppendHead(text, "original", operation.Original);
        AppendHead(text, "head", operation.Head);
        text.Append(CultureInfo.InvariantCulture, $"tree {operation.Tree}\n");
        AppendId(text, "snapshot", operation.Snapshot);
        AppendId(text, "current", operation.Current);
        foreach (ObjectId id in operation.Todo)
        {
            AppendId(text, "todo", id);
        }

        text.Append(CultureInfo.InvariantCulture, $"message {Convert.ToBase64String(operation.Message)}\n");
        text.Append(operation.RecordsOrigin ? "origin\n" : "").Append(operation.IsEnd ? "end\n" : "");
        foreach (OpenConflict open in operation.Conflicts)
        {
            MergeConflict c = open.Conflict;
            text.Append(CultureInfo.InvariantCulture, $"{(open.IsResolved ? "resolved" : "conflict")} {Side(c.Base)} {Side(c.Ours)} {Side(c.Theirs)} {Convert.ToBase64String(c.Path)}\n");
        }

        byte[] body = Encoding.UTF8.GetBytes(text.ToString());
        return [.. body, .. Sum(body)];
    }

    /// <exception cref="CorruptHistoryException">It is damaged, or of another version.</exception>
    public static UnfinishedOperation Parse(string path, byte[] bytes)
    {
        // Whoever wrote the sum knew the format; what is whole and can't be read is another version's.
        int sum = bytes.AsSpan().LastIndexOf("sum "u8);
        bool isWhole = sum > 0 && bytes.AsSpan(sum).SequenceEqual(Sum(bytes.AsSpan(0, sum)));
        try
        {
            return isWhole ? Parse(Encoding.UTF8.GetString(bytes, 0, sum).Split('\n')) : throw new FormatException();
        }
        catch (Exception e) when (e is FormatException or KeyNotFoundException or InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            throw new CorruptHistoryException($"'{path}' is damaged, or another version of mr wrote it.", e);
        }
    }

    private static byte[] Sum(ReadOnlySpan<byte> text) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"sum {Checksum.Compute(text):x8}\n"));

    private static UnfinishedOperation Parse(string[] lines)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        List<ObjectId> todo = [];
        List<OpenConflict> conflicts = [];
        if (lines[0] != Magic)
        {
            throw new FormatException();
        }

        foreach (string line in lines.Skip(1))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            (string key, string value) = space < 0 ? (line, "") : (line[..space], line[(space + 1)..]);
            switch (key)
            {
                case "todo":
                    todo.Add(ObjectId.Parse(value));
                    break;
                case "conflict" or "resolved":
                    string[] parts = value.Split(' ');
                    conflicts.Add(new OpenConflict(new MergeConflict(Convert.FromBase64String(parts[3]), Side(parts[0]), Side(parts[1]), Side(parts[2])), key == "resolved"));
                    break;
                default:
                    values[key] = value;
                    break;
            }
        }

        return new UnfinishedOperation
        {
            Kind = Enum.GetValues<OperationKind>().First(k => UnfinishedOperation.NameOf(k) == values["kind"]),
            Original = Head(values["original"]),
            Head = Head(values["head"]),
            Tree = ObjectId.Parse(values["tree"]),
            Snapshot = Id(values, "snapshot"),
            Current = Id(values, "current"),
            Todo = todo,
            Message = Convert.FromBase64String(values["message"]),
            RecordsOrigin = values.ContainsKey("origin"),
            IsEnd = values.ContainsKey("end"),
            Conflicts = conflicts,
        };
    }

    private static void AppendHead(StringBuilder text, string key, HeadState head) =>
        text.Append(CultureInfo.InvariantCulture, $"{key} {head.Commit ?? ObjectId.Null}{(head.Branch is { } branch ? $" {branch}" : "")}\n");

    private static HeadState Head(string value) =>
        new(value.Length > ObjectId.HexSize ? RefName.Parse(value[(ObjectId.HexSize + 1)..]) : null, ObjectId.Parse(value.AsSpan(0, ObjectId.HexSize)));

    private static void AppendId(StringBuilder text, string key, ObjectId? id)
    {
        if (id is { } known)
        {
            text.Append(CultureInfo.InvariantCulture, $"{key} {known}\n");
        }
    }

    private static ObjectId? Id(Dictionary<string, string> values, string key) => values.TryGetValue(key, out string? text) ? ObjectId.Parse(text) : null;

    private static string Side(TreeSide side) => side.IsAbsent ? "-" : $"{side.Mode.ToOctal()}:{side.Id}";

    private static TreeSide Side(string text) =>
        text == "-" ? default : new TreeSide((FileMode)Convert.ToInt32(text[..6], 8), ObjectId.Parse(text.AsSpan(7)));
}
