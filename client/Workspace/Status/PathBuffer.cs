namespace Monorepo.Workspace.Status;

/// <summary>The path of the walk's place, grown and cut at its end, so that no path is allocated for a file that is not reported.</summary>
internal sealed class PathBuffer
{
    private byte[] _bytes = new byte[512];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    /// <summary>Replaces what follows the first <paramref name="keep"/> bytes.</summary>
    public void Set(int keep, ReadOnlySpan<byte> name, bool isDirectory)
    {
        int length = keep + name.Length + (isDirectory ? 1 : 0);
        if (length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(length, 2 * _bytes.Length));
        name.CopyTo(_bytes.AsSpan(keep));
        if (isDirectory)
            _bytes[length - 1] = (byte)'/';
        Length = length;
    }

    public void Truncate(int length) => Length = length;
}
