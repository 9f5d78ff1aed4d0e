namespace Monorepo.Core;

/// <summary>One entry of a tree. <see cref="Name"/> points into the tree's bytes.</summary>
public readonly ref struct TreeEntry(FileMode mode, ReadOnlySpan<byte> name, ObjectId id)
{
    public FileMode Mode { get; } = mode;

    /// <summary>The name's bytes; git promises no encoding.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    public ObjectId Id { get; } = id;
}

/// <summary>
/// Reads a tree's body entry by entry without copying: <c>octal-mode SP name NUL id(20)</c>, repeated.
/// Structure is checked as it is read; the order of entries is not (see <see cref="Validate"/>), because
/// old histories hold trees that today's git would not write, and their bytes must survive.
/// </summary>
public ref struct TreeReader(ReadOnlySpan<byte> body)
{
    private const int ModeDigitsMax = 7;

    private readonly ReadOnlySpan<byte> _body = body;
    private int _offset;

    public TreeEntry Current { get; private set; }

    /// <summary>Where the next entry starts.</summary>
    public readonly int OffsetBytes => _offset;

    public readonly TreeReader GetEnumerator() => this;

    /// <exception cref="MalformedObjectException">The bytes are no tree.</exception>
    public bool MoveNext()
    {
        if (_offset == _body.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = _body[_offset..];
        int mode = 0;
        int at = 0;
        while (true)
        {
            if (at == rest.Length)
            {
                throw Bad(MalformedReason.Truncated, at, "the tree ends inside a mode");
            }

            byte digit = rest[at];
            if (digit == ' ' && at > 0)
            {
                break;
            }

            if (digit is < (byte)'0' or > (byte)'7' || at == ModeDigitsMax)
            {
                throw Bad(MalformedReason.BadMode, at, "a mode is one to seven octal digits and a space");
            }

            mode = (mode << 3) | (digit - '0');
            at++;
        }

        int nameStart = at + 1;
        int nameLength = rest[nameStart..].IndexOf((byte)0);
        if (nameLength < 0)
        {
            throw Bad(MalformedReason.Truncated, nameStart, "the tree ends inside a name");
        }

        ReadOnlySpan<byte> name = rest.Slice(nameStart, nameLength);
        if (nameLength == 0 || name.Contains((byte)'/'))
        {
            throw Bad(MalformedReason.BadName, nameStart, nameLength == 0 ? "a name is empty" : "a name holds a slash");
        }

        int idStart = nameStart + nameLength + 1;
        if (rest.Length - idStart < ObjectId.Size)
        {
            throw Bad(MalformedReason.Truncated, idStart, "the tree ends inside an id");
        }

        Current = new TreeEntry((FileMode)mode, name, new ObjectId(rest.Slice(idStart, ObjectId.Size)));
        _offset += idStart + ObjectId.Size;
        return true;
    }

    /// <summary>Reads a whole tree and checks the order too: what git's own <c>fsck</c> asks of a new tree.</summary>
    /// <exception cref="MalformedObjectException">The bytes are no tree, or the entries are out of order or doubled.</exception>
    public static void Validate(ReadOnlySpan<byte> body)
    {
        TreeReader reader = new(body);
        ReadOnlySpan<byte> previous = default;
        bool previousIsDirectory = false;
        int start = 0;
        while (reader.MoveNext())
        {
            TreeEntry entry = reader.Current;
            bool isDirectory = entry.Mode.IsDirectory();
            if (!previous.IsEmpty
                && (previous.SequenceEqual(entry.Name) || TreeOrder.Compare(previous, previousIsDirectory, entry.Name, isDirectory) >= 0))
            {
                throw new MalformedObjectException(ObjectKind.Tree, MalformedReason.BadOrder, start, "entries are out of order or doubled");
            }

            previous = entry.Name;
            previousIsDirectory = isDirectory;
            start = reader._offset;
        }
    }

    private readonly MalformedObjectException Bad(MalformedReason reason, int at, string message) =>
        new(ObjectKind.Tree, reason, _offset + at, message);
}
