using System.Buffers;
using System.Text;
using System.Text.Json;
using Monorepo.Cli.Commands;

namespace Monorepo.Cli.Output;

/// <summary>
/// Buffered bytes to standard output: git's paths and contents have no encoding to speak of. Flushed at each
/// <see cref="FlushBytes"/> and at the end. A reader that went away (<c>mr log | head</c>) ends the command quietly.
/// </summary>
/// <param name="stream">Stays the caller's.</param>
/// <param name="isColored">Asked once, when something is printed that may have colours; null: never any.</param>
public sealed class OutputStream(Stream stream, Func<bool>? isColored = null) : IBufferWriter<byte>, IDisposable
{
    private const int FlushBytes = 64 << 10;

    // Most commands print little: room for much would cost them a page fault every 4 KiB.
    private readonly ArrayBufferWriter<byte> _buffer = new(4 << 10);
    private bool? _isColored;

    /// <summary>What people read gets colours.</summary>
    public bool IsColored => _isColored ??= isColored?.Invoke() ?? false;

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

    /// <summary>Writes a text in a colour of <see cref="Ansi"/>, where there are colours.</summary>
    public void Paint(ReadOnlySpan<byte> color, string text)
    {
        if (IsColored)
        {
            this.Write(color);
            Text(text);
            this.Write(Ansi.Reset);
        }
        else
        {
            Text(text);
        }
    }

    /// <summary>One JSON object on a line.</summary>
    public void JsonObject(Action<Utf8JsonWriter> writeMembers) => JsonLine(json =>
    {
        json.WriteStartObject();
        writeMembers(json);
        json.WriteEndObject();
    });

    /// <summary>One JSON array on a line.</summary>
    public void JsonArray(Action<Utf8JsonWriter> writeElements) => JsonLine(json =>
    {
        json.WriteStartArray();
        writeElements(json);
        json.WriteEndArray();
    });

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

    private void JsonLine(Action<Utf8JsonWriter> write)
    {
        using (Utf8JsonWriter json = new(this, Options.JsonWriter))
        {
            write(json);
        }

        Text("\n");
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
