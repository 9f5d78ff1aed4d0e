namespace Monorepo.Core;

/// <summary>Writes a tree's body: entries in any order in, git's order out. Not thread-safe.</summary>
public sealed class TreeBuilder
{
    private const int ModeDigitsMax = 7;

    private readonly List<(FileMode Mode, byte[] Name, ObjectId Id)> _entries = [];

    public int Count => _entries.Count;

    /// <param name="mode">Written as it is, without leading zeros.</param>
    /// <param name="name">Copied. Not empty, without slash or NUL.</param>
    /// <param name="id">The entry's object.</param>
    public void Add(FileMode mode, ReadOnlySpan<byte> name, ObjectId id)
    {
        if (name.IsEmpty || name.IndexOfAny((byte)0, (byte)'/') >= 0)
        {
            throw new ArgumentException("A tree entry's name is not empty and holds neither slash nor NUL.", nameof(name));
        }

        _entries.Add((mode, name.ToArray(), id));
    }

    /// <exception cref="InvalidOperationException">A name stands twice.</exception>
    public byte[] Build()
    {
        _entries.Sort((a, b) => TreeOrder.Compare(a.Name, a.Mode.IsDirectory(), b.Name, b.Mode.IsDirectory()));
        HashSet<byte[]> names = new(ByteArrayComparer.Instance);
        MemoryStream body = new();
        Span<byte> digits = stackalloc byte[ModeDigitsMax + 4];
        foreach ((FileMode mode, byte[] name, ObjectId id) in _entries)
        {
            // Same-named entries need not be neighbours ("a" file, "a.b", "a" directory), so names are compared as a set.
            if (!names.Add(name))
            {
                throw new InvalidOperationException($"The name '{System.Text.Encoding.UTF8.GetString(name)}' stands twice in a tree.");
            }

            int length = WriteOctal((int)mode, digits);
            body.Write(digits[..length]);
            body.WriteByte((byte)' ');
            body.Write(name);
            body.WriteByte(0);
            body.Write(id.AsSpan());
        }

        return body.ToArray();
    }

    private sealed class ByteArrayComparer : IEqualityComparer<byte[]>
    {
        public static readonly ByteArrayComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj)
        {
            HashCode hash = default;
            hash.AddBytes(obj);
            return hash.ToHashCode();
        }
    }

    private static int WriteOctal(int value, Span<byte> destination)
    {
        string octal = Convert.ToString(value, 8);
        return System.Text.Encoding.ASCII.GetBytes(octal, destination);
    }
}
