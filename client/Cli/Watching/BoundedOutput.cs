namespace Monorepo.Cli.Watching;

/// <summary>Keeps what is written, up to a size; who writes more is told that nobody reads it.</summary>
internal sealed class BoundedOutput(int bytesMax) : MemoryStream
{
    /// <summary>More was written than is kept.</summary>
    public bool IsFull { get; private set; }

    public ReadOnlyMemory<byte> Written => GetBuffer().AsMemory(0, (int)Length);

    // Where the base class leads all writing of classes derived from it.
    public override void Write(byte[] buffer, int offset, int count)
    {
        IsFull |= Length + count > bytesMax;
        if (IsFull)
            throw new IOException("There is more than is kept.");
        base.Write(buffer, offset, count);
    }
}
