namespace Monorepo.Cli.Output.Blame;

/// <summary>A blamed content by line. Not thread-safe; quick for lines in order.</summary>
internal sealed class BlameText(ReadOnlyMemory<byte> content)
{
    private int _line;
    private int _offset;
    private bool _endsOpen;

    /// <summary>The line with its line feed, where it has one.</summary>
    public ReadOnlySpan<byte> this[int line]
    {
        get
        {
            if (line < _line)
            {
                (_line, _offset) = (0, 0);
            }

            while (true)
            {
                ReadOnlySpan<byte> rest = content.Span[_offset..];
                int feed = rest.IndexOf((byte)'\n');
                ReadOnlySpan<byte> found = feed < 0 ? rest : rest[..(feed + 1)];
                if (_line == line)
                {
                    return found;
                }

                _line++;
                _offset += found.Length;
            }
        }
    }

    public void WriteLine(OutputStream output, int line)
    {
        ReadOnlySpan<byte> text = this[line];
        output.Bytes(text);
        _endsOpen = !text.EndsWith("\n"u8);
    }

    /// <summary>Ends a last line that has no line feed.</summary>
    public void EndRun(OutputStream output)
    {
        if (_endsOpen)
        {
            output.Text("\n");
            _endsOpen = false;
        }
    }
}
