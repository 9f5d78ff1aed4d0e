namespace Monorepo.Native.Git2;

/// <summary>What an object is; the numbers are git's own.</summary>
public enum OdbObjectKind
{
    /// <summary>A commit.</summary>
    Commit = 1,

    /// <summary>A directory.</summary>
    Tree = 2,

    /// <summary>A file's contents.</summary>
    Blob = 3,

    /// <summary>An annotated tag.</summary>
    Tag = 4,
}

/// <summary>
/// A git object database opened for reading: loose objects, packs and alternates. Safe for concurrent readers. A miss looks again for packs
/// that appeared since, so objects added by another process are found. Object ids are 20 bytes, binary.
/// </summary>
/// <remarks>libgit2 keeps small trees and commits in a cache of at most 256 MiB and maps pack files in windows; blobs are not kept.</remarks>
public sealed class Odb : IDisposable
{
    /// <summary>The length of a binary object id, in bytes.</summary>
    public const int IdBytes = 20;

    /// <summary>Alternates of alternates are followed this deep, as git does.</summary>
    private const int AlternatesDepthMax = 5;

    private readonly OdbHandle _packs;
    private readonly LooseObjects[] _loose;
    private readonly List<string> _directories;

    private Odb(OdbHandle packs, LooseObjects[] loose, List<string> directories)
    {
        _packs = packs;
        _loose = loose;
        _directories = directories;
    }

    /// <summary>Opens the <c>objects</c> directory of a repository.</summary>
    /// <exception cref="Git2Exception">The directory is not there or can't be read.</exception>
    public static Odb Open(string objectsDirectory)
    {
        ArgumentException.ThrowIfNullOrEmpty(objectsDirectory);
        if (!Directory.Exists(objectsDirectory))
            throw new Git2Exception(Git2Status.NotFound, 0, $"There is no object database at {objectsDirectory}.");
        var directories = new List<string>();
        AddWithAlternates(Path.GetFullPath(objectsDirectory), directories, depth: 0);
        return new Odb(OdbHandle.OpenPacks(directories), [.. directories.Select(directory => new LooseObjects(directory))], directories);
    }

    /// <summary>
    /// Reads one object whole, and checks that its bytes hash to <paramref name="id"/>. Returns null when it is not there.
    /// The caller disposes the result.
    /// </summary>
    /// <exception cref="Git2Exception">The object is there but damaged.</exception>
    public unsafe OdbObject? Read(ReadOnlySpan<byte> id)
    {
        CheckLength(id);
        ObjectDisposedException.ThrowIf(_packs.IsClosed, this);
        foreach (LooseObjects loose in _loose)
        {
            if (loose.Read(id) is { } found)
                return found;
        }

        nint odbObject;
        int result;
        fixed (byte* idBytes = id)
            result = NativeMethods.git_odb_read(&odbObject, _packs, idBytes);
        if (result == (int)Git2Status.NotFound)
            return null;
        if (result < 0)
            Git2Exception.ThrowIfFailed(result, $"read the object {Convert.ToHexStringLower(id)}");
        return new OdbObject(new OdbObjectHandle(odbObject, _packs));
    }

    /// <summary>
    /// Reads what an object is and how many bytes it has, without its contents where the storage allows it. Returns null when it is not there.
    /// </summary>
    /// <exception cref="Git2Exception">The object is there but damaged.</exception>
    public unsafe OdbObjectHeader? ReadHeader(ReadOnlySpan<byte> id)
    {
        CheckLength(id);
        ObjectDisposedException.ThrowIf(_packs.IsClosed, this);
        foreach (LooseObjects loose in _loose)
        {
            if (loose.ReadHeader(id) is { } found)
                return found;
        }

        nuint length;
        int kind, result;
        fixed (byte* idBytes = id)
            result = NativeMethods.git_odb_read_header(&length, &kind, _packs, idBytes);
        if (result == (int)Git2Status.NotFound)
            return null;
        if (result < 0)
            Git2Exception.ThrowIfFailed(result, $"read the header of the object {Convert.ToHexStringLower(id)}");
        return new OdbObjectHeader((OdbObjectKind)kind, checked((long)length));
    }

    /// <summary>Says whether an object is there. It is not read, so it may still be damaged.</summary>
    public unsafe bool Exists(ReadOnlySpan<byte> id)
    {
        CheckLength(id);
        ObjectDisposedException.ThrowIf(_packs.IsClosed, this);
        foreach (LooseObjects loose in _loose)
        {
            if (loose.Contains(id))
                return true;
        }

        fixed (byte* idBytes = id)
            return NativeMethods.git_odb_exists(_packs, idBytes) == 1;
    }

    /// <summary>Makes a reader for one thread, for reading much. The caller disposes it, before or after this.</summary>
    /// <exception cref="Git2Exception">The packs can't be opened.</exception>
    public OdbReader CreateReader()
    {
        ObjectDisposedException.ThrowIf(_packs.IsClosed, this);
        return new OdbReader(this, OdbHandle.OpenPacks(_directories));
    }

    /// <summary>Looks for packs that were added or removed since.</summary>
    /// <exception cref="Git2Exception">The directory can't be read.</exception>
    public void Refresh() => Git2Exception.ThrowIfFailed(NativeMethods.git_odb_refresh(_packs), "refresh the object database");

    /// <summary>Closes the database. Objects read from it stay valid until they are disposed.</summary>
    public void Dispose() => _packs.Dispose();

    private static void AddWithAlternates(string directory, List<string> directories, int depth)
    {
        if (depth > AlternatesDepthMax || directories.Contains(directory) || !Directory.Exists(directory))
            return;
        directories.Add(directory);
        string alternates = Path.Combine(directory, "info", "alternates");
        if (!File.Exists(alternates))
            return;
        foreach (string line in File.ReadLines(alternates))
        {
            if (line.Length > 0 && line[0] != '#')
                AddWithAlternates(Path.GetFullPath(line, directory), directories, depth + 1);
        }
    }

    private static void CheckLength(ReadOnlySpan<byte> id)
    {
        if (id.Length != IdBytes)
            throw new ArgumentException($"An object id has {IdBytes} bytes, not {id.Length}.", nameof(id));
    }
}

/// <summary>An object's kind and the number of bytes in its contents.</summary>
public readonly record struct OdbObjectHeader(OdbObjectKind Kind, long ContentBytes);
