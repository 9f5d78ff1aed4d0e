using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.History;

/// <summary>A ref as the server had it.</summary>
/// <param name="Name">The full name.</param>
/// <param name="Target">The object it names: a commit, or an annotated tag.</param>
/// <param name="Peeled">For an annotated tag what it names in the end; null otherwise.</param>
public readonly record struct RefEntry(RefName Name, ObjectId Target, ObjectId? Peeled)
{
    /// <summary>The target behind any tag: a commit as a rule.</summary>
    public ObjectId PeeledTarget => Peeled ?? Target;
}

/// <summary>
/// The server's refs as of the last pull. Immutable. Looking one up in a loaded set touches a few lines of the file's bytes; listing
/// reads them all. File: a line <c>mr-refs 1 OFFSET DEFAULT-BRANCH</c>, then <c>TARGET NAME</c> or <c>TARGET NAME PEELED</c> a line,
/// sorted by name's bytes; every line ends with a line feed. Replaced as a whole.
/// </summary>
public sealed class RefSet
{
    private const string Magic = "mr-refs 1 ";

    private readonly byte[] _bytes;
    private readonly int _body;

    private RefSet(byte[] bytes, int body, ulong offset, RefName? defaultBranch)
    {
        _bytes = bytes;
        _body = body;
        Offset = offset;
        DefaultBranch = defaultBranch;
    }

    public static RefSet Empty { get; } = Create(0, null, []);

    /// <summary>The server's ref-update log's offset that these refs reflect.</summary>
    public ulong Offset { get; }

    /// <summary>What the server's HEAD names; it need not exist.</summary>
    public RefName? DefaultBranch { get; }

    /// <exception cref="ArgumentException">A ref stands twice.</exception>
    public static RefSet Create(ulong offset, RefName? defaultBranch, IEnumerable<RefEntry> refs)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{Magic}{offset} {defaultBranch}\n");
        RefName? last = null;
        foreach (RefEntry entry in refs.OrderBy(r => Encoding.UTF8.GetBytes(r.Name.Value), ByteOrder.Instance))
        {
            if (entry.Name == last)
            {
                throw new ArgumentException($"The ref '{entry.Name}' stands twice.", nameof(refs));
            }

            last = entry.Name;
            text.Append(CultureInfo.InvariantCulture, $"{entry.Target} {entry.Name}");
            if (entry.Peeled is { } peeled)
            {
                text.Append(CultureInfo.InvariantCulture, $" {peeled}");
            }

            text.Append('\n');
        }

        return Parse(Encoding.UTF8.GetBytes(text.ToString()), "the refs");
    }

    /// <summary>The refs of a file; the empty set where there is none.</summary>
    /// <exception cref="CorruptHistoryException">The file's frame is damaged. A damaged line is found when it is read.</exception>
    public static RefSet Load(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path), path);
        }
        catch (FileNotFoundException)
        {
            return Empty;
        }
    }

    public void Save(string path) => DurableFile.Replace(path, _bytes);

    public RefEntry? Find(RefName name)
    {
        byte[] wanted = Encoding.UTF8.GetBytes(name.Value);
        int low = _body;
        int high = _bytes.Length;
        while (low < high)
        {
            // The line that holds the middle byte; bounds always stand at line starts.
            int middle = low + ((high - low) / 2);
            int start = _bytes.AsSpan(low, middle - low).LastIndexOf((byte)'\n') + 1 + low;
            int end = start + _bytes.AsSpan(start).IndexOf((byte)'\n');
            RefEntry entry = ReadLine(_bytes.AsSpan(start, end - start));
            int order = wanted.AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(entry.Name.Value));
            if (order == 0)
            {
                return entry;
            }

            if (order < 0)
            {
                high = start;
            }
            else
            {
                low = end + 1;
            }
        }

        return null;
    }

    /// <summary>All refs whose names start with a prefix, sorted by name.</summary>
    public IEnumerable<RefEntry> List(string prefix = "")
    {
        int offset = _body;
        while (offset < _bytes.Length)
        {
            int length = _bytes.AsSpan(offset).IndexOf((byte)'\n');
            RefEntry entry = ReadLine(_bytes.AsSpan(offset, length));
            offset += length + 1;
            if (entry.Name.Value.StartsWith(prefix, StringComparison.Ordinal))
            {
                yield return entry;
            }
        }
    }

    private static RefSet Parse(byte[] bytes, string source)
    {
        int end = bytes.AsSpan().IndexOf((byte)'\n');
        if (end > 0 && bytes[^1] == '\n')
        {
            string head = Encoding.UTF8.GetString(bytes, 0, end);
            string[] parts = head.StartsWith(Magic, StringComparison.Ordinal) ? head[Magic.Length..].Split(' ') : [];
            if (parts.Length == 2 && ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong offset))
            {
                RefName? branch = RefName.TryParse(parts[1], out RefName name) ? name : null;
                if (branch is not null || parts[1].Length == 0)
                {
                    return new RefSet(bytes, end + 1, offset, branch);
                }
            }
        }

        throw new CorruptHistoryException($"'{source}' is damaged: pull again after deleting it.");
    }

    private static RefEntry ReadLine(ReadOnlySpan<byte> line)
    {
        string[] parts = Encoding.UTF8.GetString(line).Split(' ');
        if (parts.Length is 2 or 3 && ObjectId.TryParse(parts[0].AsSpan(), out ObjectId target) && RefName.TryParse(parts[1], out RefName name))
        {
            if (parts.Length == 2)
            {
                return new RefEntry(name, target, null);
            }

            if (ObjectId.TryParse(parts[2].AsSpan(), out ObjectId peeled))
            {
                return new RefEntry(name, target, peeled);
            }
        }

        throw new CorruptHistoryException($"'{Encoding.UTF8.GetString(line)}' is no line of a refs file.");
    }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static readonly ByteOrder Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
