using System.Buffers;
using System.Text;

namespace Monorepo.Cli.Output;

/// <summary>
/// Buffered bytes to standard output: git's paths and contents have no encoding to speak of. Flushed at each
/// <see cref="FlushBytes"/> and at the end. A reader that went away (<c>mr log | head</c>) ends the command quietly.
/// </summary>
public sealed class OutputStream(Stream stream) : IBufferWriter<byte>, IDisposable
{
    private const int FlushBytes = 64 << 10;

    private readonly ArrayBufferWriter<byte> _buffer = new(FlushBytes);

    public void Advance(int count)
    {
        _buffer.Advance(count);
        if (_buffer.WrittenCount >= FlushBytes)
        {
            Flush();
        }
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => _buffer.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => _buffer.GetSpan(sizeHint);

    public void Text(string text) => Encoding.UTF8.GetBytes(text, this);

    public void Line(string text)
    {
        Text(text);
        this.Write("\n"u8);
    }

    public void Bytes(ReadOnlySpan<byte> bytes) => this.Write(bytes);

    public void Flush()
    {
        try
        {
            stream.Write(_buffer.WrittenSpan);
            stream.Flush();
        }
        catch (IOException e)
        {
            throw new OutputClosedException(e);
        }
        finally
        {
            _buffer.ResetWrittenCount();
        }
    }

    public void Dispose()
    {
        if (_buffer.WrittenCount > 0)
        {
            Flush();
        }
    }
}

/// <summary>Whoever read our output does not want more.</summary>
public sealed class OutputClosedException(Exception inner) : Exception("Standard output was closed.", inner);
