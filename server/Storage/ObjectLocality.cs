using Monorepo.Core;

namespace Monorepo.Storage;

/// <summary>
/// A hint about what an object is a version of: objects of one kind at one path have the same locality, and those of one directory the same
/// <see cref="Place"/>. Engines keep versions together, because they differ little. It is a hash: what it costs to be wrong is space.
/// </summary>
/// <param name="Value">The place, then the name, 32 bits each; 0 is "unknown". Stored by engines, so the hashes never change.</param>
public readonly record struct ObjectLocality(ulong Value) : IComparable<ObjectLocality>
{
    private const uint FnvBasis = 2_166_136_261;
    private const uint FnvPrime = 16_777_619;

    /// <summary>The directory of a repository's root, where <see cref="Enter"/> starts.</summary>
    public const uint RootDirectory = FnvBasis;

    /// <summary>For commits and tags, each of which is like the one before it.</summary>
    public static ObjectLocality OfKind(ObjectKind kind) => Of(kind, RootDirectory, default);

    /// <summary>For what stands at a name in a directory; the root's tree is the empty name in the root.</summary>
    public static ObjectLocality Of(ObjectKind kind, uint directory, ReadOnlySpan<byte> name)
    {
        uint place = (directory ^ (uint)kind) * FnvPrime;
        ulong value = ((ulong)place << 32) | Hash(FnvBasis, name);
        return new ObjectLocality(Math.Max(1, value));
    }

    /// <summary>The directory of that name inside a directory.</summary>
    public static uint Enter(uint directory, ReadOnlySpan<byte> name) => Hash((directory ^ '/') * FnvPrime, name);

    public bool IsNone => Value == 0;

    /// <summary>The same for all objects of one kind in one directory.</summary>
    public uint Place => (uint)(Value >> 32);

    public int CompareTo(ObjectLocality other) => Value.CompareTo(other.Value);

    // FNV-1a (Fowler, Noll, Vo).
    private static uint Hash(uint state, ReadOnlySpan<byte> bytes)
    {
        foreach (byte next in bytes)
            state = (state ^ next) * FnvPrime;
        return state;
    }
}
