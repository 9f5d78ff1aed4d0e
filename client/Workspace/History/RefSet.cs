using System.Globalization;
using System.Text;
using Monorepo.Core;
using Monorepo.Formats;
using Monorepo.Workspace.Clones;
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

/// <summary>What happened to a ref.</summary>
/// <param name="Name">The full name.</param>
/// <param name="Entry">The ref as it is now; null: it is gone.</param>
internal readonly record struct ChangedRef(RefName Name, RefEntry? Entry);

/// <summary>
/// The server's refs as of the last pull. Immutable, thread-safe. Looking one up in a loaded set touches a few lines of the file's bytes;
/// listing reads them all. File: a line <c>mr-refs 2 CRC OFFSET DEFAULT-BRANCH</c>, then <c>TARGET NAME</c> or <c>TARGET NAME PEELED</c> a
/// line, sorted by name's bytes; every line ends with a line feed. The CRC-32C, in eight hex digits, is of all that follows the space
/// behind it. Replaced as a whole.
/// </summary>
public sealed class RefSet
{
    private const string Magic = "mr-refs ";
    private const string Version = "2 ";
    private const int CheckDigits = 8;

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

    /// <summary>How many there are.</summary>
    public int Count => _bytes.AsSpan(_body).Count((byte)'\n');

    /// <exception cref="ArgumentException">A ref stands twice.</exception>
    public static RefSet Create(ulong offset, RefName? defaultBranch, IEnumerable<RefEntry> refs)
    {
        RefEntry[] entries = [.. refs];
        RefSetWriter writer = new(offset, defaultBranch);
        if (!Array.TrueForAll(entries, writer.TryAdd))
        {
            // A server's answer is sorted, so this is for others.
            Array.Sort(entries, static (x, y) => Encoding.UTF8.GetBytes(x.Name.Value).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y.Name.Value)));
            writer = new RefSetWriter(offset, defaultBranch);
            foreach (RefEntry entry in entries)
            {
                if (!writer.TryAdd(entry))
                {
                    throw new ArgumentException($"The ref '{entry.Name}' stands twice.", nameof(refs));
                }
            }
        }

        return Parse(writer.ToBytes(), "the refs");
    }

    /// <summary>The refs of a file; the empty set where there is none.</summary>
    /// <exception cref="CorruptHistoryException">The file is damaged, or of another version.</exception>
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

    /// <summary>These refs after some moved. A ref that moved loses what its tag peels to: whoever needs it reads the tag.</summary>
    public RefSet With(IReadOnlyCollection<RefMove> moves)
    {
        Dictionary<RefName, ObjectId?> moved = moves.ToDictionary(m => m.Name, m => m.New);
        IEnumerable<RefEntry> fresh = moved.Where(m => m.Value is not null).Select(m => new RefEntry(m.Key, m.Value!.Value, null));
        return Create(Offset, DefaultBranch, List().Where(r => !moved.ContainsKey(r.Name)).Concat(fresh));
    }

    public void Save(string path) => DurableFile.ReplaceLazily(path, _bytes);

    /// <summary>Whether the other set says the same in every respect.</summary>
    public bool IsSameAs(RefSet other) => _bytes.AsSpan().SequenceEqual(other._bytes);

    /// <summary>What changed since an older set, sorted by the names' bytes. Costs comparing the bytes, and more for what differs only.</summary>
    public IReadOnlyList<RefMove> MovesSince(RefSet older)
    {
        List<RefMove> moves = [];
        int before = older._body;
        int now = _body;
        while (true)
        {
            SkipSame(older._bytes, ref before, _bytes, ref now);
            RefEntry? old = ReadAt(older._bytes, before, out int nextBefore);
            RefEntry? fresh = ReadAt(_bytes, now, out int nextNow);
            if (old is null && fresh is null)
            {
                return moves;
            }

            int order = old is null ? 1 : fresh is null ? -1 : Encoding.UTF8.GetBytes(old.Value.Name.Value).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(fresh.Value.Name.Value));
            if (order != 0 || old!.Value.Target != fresh!.Value.Target)
            {
                moves.Add(new RefMove((order > 0 ? fresh : old)!.Value.Name, order > 0 ? null : old!.Value.Target, order < 0 ? null : fresh!.Value.Target));
            }

            before = order <= 0 ? nextBefore : before;
            now = order >= 0 ? nextNow : now;
        }
    }

    public RefEntry? Find(RefName name)
    {
        int start = LowerBound(Encoding.UTF8.GetBytes(name.Value), _body);
        return ReadAt(_bytes, start, out _) is { } entry && entry.Name == name ? entry : null;
    }

    /// <summary>The refs after some changes. Costs copying the bytes.</summary>
    /// <exception cref="ArgumentException">A ref is named twice.</exception>
    internal RefSet With(ulong offset, RefName? defaultBranch, IReadOnlyCollection<ChangedRef> changes)
    {
        if (changes.Count == 0 && offset == Offset && defaultBranch == DefaultBranch)
        {
            return this;
        }

        RefSetWriter writer = new(offset, defaultBranch);
        int at = _body;
        foreach ((byte[] name, ChangedRef change) in changes.Select(static c => (Encoding.UTF8.GetBytes(c.Name.Value), c)).OrderBy(static c => c.Item1, BytesComparer.Instance))
        {
            int start = LowerBound(name, at);
            writer.AddLines(_bytes.AsSpan(at..start));
            at = ReadAt(_bytes, start, out int next) is { } old && old.Name == change.Name ? next : start;
            if (change.Entry is { } entry && !writer.TryAdd(entry))
            {
                throw new ArgumentException($"The ref '{change.Name}' is named twice.", nameof(changes));
            }
        }

        writer.AddLines(_bytes.AsSpan(at));
        return Parse(writer.ToBytes(), "the refs");
    }

    /// <summary>All refs whose names start with a prefix, sorted by name. Costs what it lists.</summary>
    public IEnumerable<RefEntry> List(string prefix = "")
    {
        int offset = prefix.Length == 0 ? _body : LowerBound(Encoding.UTF8.GetBytes(prefix), _body);
        while (ReadAt(_bytes, offset, out int next) is { } entry && entry.Name.Value.StartsWith(prefix, StringComparison.Ordinal))
        {
            yield return entry;
            offset = next;
        }
    }

    // The start of the first line from another line's start on whose name is not before this one.
    private int LowerBound(ReadOnlySpan<byte> wanted, int low)
    {
        int high = _bytes.Length;
        while (low < high)
        {
            // The line that holds the middle byte; bounds always stand at line starts.
            int middle = low + ((high - low) / 2);
            int start = _bytes.AsSpan(low, middle - low).LastIndexOf((byte)'\n') + 1 + low;
            RefEntry entry = ReadAt(_bytes, start, out int next)!.Value;
            if (wanted.SequenceCompareTo(Encoding.UTF8.GetBytes(entry.Name.Value)) > 0)
            {
                low = next;
            }
            else
            {
                high = start;
            }
        }

        return low;
    }

    // Both to the start of the first lines that differ.
    private static void SkipSame(byte[] left, ref int leftAt, byte[] right, ref int rightAt)
    {
        ReadOnlySpan<byte> rest = left.AsSpan(leftAt);
        int lines = rest[..rest.CommonPrefixLength(right.AsSpan(rightAt))].LastIndexOf((byte)'\n') + 1;
        leftAt += lines;
        rightAt += lines;
    }

    private static RefEntry? ReadAt(byte[] bytes, int offset, out int next)
    {
        next = offset;
        if (offset == bytes.Length)
        {
            return null;
        }

        int length = bytes.AsSpan(offset).IndexOf((byte)'\n');
        next = offset + length + 1;
        return ReadLine(bytes.AsSpan(offset, length));
    }

    private static RefSet Parse(byte[] bytes, string source)
    {
        int end = bytes.AsSpan().IndexOf((byte)'\n');
        if (end > 0 && bytes[^1] == '\n')
        {
            string head = Encoding.UTF8.GetString(bytes, 0, end);
            string[] parts = head.StartsWith(Magic + Version, StringComparison.Ordinal) ? head[(Magic.Length + Version.Length)..].Split(' ') : [];
            int checkedFrom = Magic.Length + Version.Length + CheckDigits + 1;
            if (parts.Length == 3 && parts[0].Length == CheckDigits && uint.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint check)
                && check == Checksum.Compute(bytes.AsSpan(checkedFrom)) && ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong offset))
            {
                RefName? branch = RefName.TryParse(parts[2], out RefName name) ? name : null;
                if (branch is not null || parts[2].Length == 0)
                {
                    return new RefSet(bytes, end + 1, offset, branch);
                }
            }
        }

        throw new CorruptHistoryException($"'{source}' is damaged or of another version: delete it and run 'mr pull'.");
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
}
