"""Images, figures and videos of both SummaryWriters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from tbx_native._figures import render_figures
from tbx_native._image_style import TENSORBOARDX, ImageStyle
from tbx_native._summary_sink import SummarySink, check_tag
from tbx_native.plugins.image import array_png, boxes, figures, image, image_file, image_list
from tbx_native.plugins.video import video

ImageFormat = Literal["png", "jpeg"]
VideoFormat = Literal["gif", "apng"]


class ImageMethods(SummarySink):
    """Mixed into RunWriter."""

    _image_style: ImageStyle = TENSORBOARDX

    def add_image(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
        *,
        image_format: ImageFormat = "png",
        compression: int | None = None,
    ) -> None:
        """Adds an image. Its pixels are copied now and encoded later, by another thread.

        Args:
            tag: Name of the image.
            img_tensor: One of these.

                * An array or tensor of any real dtype: uint8; floats in [0, 1], which are clipped
                  (NaN is 0); bool; uint16, of which the upper eight bits count; other integers,
                  where what is above 0 is white.
                * A PIL.Image.Image of any mode.
                * A PNG, JPEG or GIF file, which is written as it is: as bytes, bytearray or
                  memoryview, its path as str or os.PathLike, or open in binary mode, such as an
                  io.BytesIO, of which the rest is read.
            global_step: An integer in int64. None writes no step.
            walltime: Seconds since the Unix epoch. None is now.
            dataformats: What the dimensions of an array are, in any order and case: "CHW", "HW", or
                "NCHW" for several that are put into a grid. C is 1 (grey), 2 (grey and alpha), 3
                (RGB) or 4 (RGBA).
            image_format: "png" loses nothing; "jpeg" needs Pillow.
            compression: For "png" zlib's level, 0 to 9, by default 1; for "jpeg" the quality, 1 to
                100, by default 75.

        Raises:
            TypeError, ValueError: An argument is not what it should be; nothing was written.
            ImportError: Pillow is missing, and is needed.
            OSError: The image's file cannot be read.
        """
        tag = self._written_tag(tag)
        style = self._image_style
        if (
            # What most calls are is looked up rather than found out again.
            type(img_tensor) is np.ndarray
            and image_format == "png"
            and compression is None
            and isinstance(dataformats, str)
            and (kind := array_png(tag, img_tensor.shape, img_tensor.dtype, dataformats, style))
        ):
            encoding = kind.encoding(img_tensor)
        else:
            file = image_file(tag, image_format, compression)
            encoding = image(tag, img_tensor, dataformats, style, file)
        self._encode_later(tag, encoding, global_step, walltime)

    def add_images(
        self,
        tag: str,
        img_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "NCHW",
        *,
        image_format: ImageFormat = "png",
        compression: int | None = None,
    ) -> None:
        """Adds several images as one: a grid, eight in a row.

        Args:
            tag, global_step, walltime, image_format, compression: As for add_image().
            img_tensor: As for add_image(), or a list or tuple of arrays, tensors or Pillow images
                of one shape and dtype.
            dataformats: As for add_image(); of a list that of each image, or "N" and that.

        Raises:
            TypeError, ValueError, ImportError, OSError: As for add_image().
        """
        tag = self._written_tag(tag)
        file = image_file(tag, image_format, compression)
        read = image_list if isinstance(img_tensor, (list, tuple)) else image
        encoding = read(tag, img_tensor, dataformats, self._image_style, file)
        self._encode_later(tag, encoding, global_step, walltime)

    def add_image_with_boxes(
        self,
        tag: str,
        img_tensor: Any,
        box_tensor: Any,
        global_step: int | None = None,
        walltime: float | None = None,
        dataformats: str = "CHW",
        labels: str | Sequence[str] | None = None,
        *,
        rescale: float = 1,
        image_format: ImageFormat = "png",
        compression: int | None = None,
    ) -> None:
        """Adds an image with red boxes. Needs Pillow.

        Args:
            tag: Name of the image; not cleaned, as in tensorboardX.
            img_tensor, dataformats: As for add_image(), but for an image that is a file.
            box_tensor: (boxes, 4): left, top, right and bottom of each, in pixels.
            global_step, walltime, image_format, compression: As for add_image().
            labels: A text for each box. Where there are more or fewer of them than boxes none is
                drawn, and a warning logged.
            rescale: The image with its boxes is resized by this factor.

        Raises:
            TypeError, ValueError, ImportError: As for add_image().
        """
        tag = check_tag(tag)
        style = self._image_style._replace(plugin_name="")
        file = image_file(tag, image_format, compression)
        overlay = boxes(tag, box_tensor, labels)
        encoding = image(tag, img_tensor, dataformats, style, file, rescale, overlay)
        self._encode_later(tag, encoding, global_step, walltime)

    def add_figure(
        self,
        tag: str,
        figure: Any,
        global_step: int | None = None,
        close: bool = True,
        walltime: float | None = None,
        *,
        image_format: ImageFormat = "png",
        compression: int | None = None,
    ) -> None:
        """Adds a figure of matplotlib as an image. It is drawn now, and encoded later.

        Args:
            tag, global_step, walltime, image_format, compression: As for add_image().
            figure: A matplotlib.figure.Figure, or a list or tuple of some of one size, which are
                put into a grid.
            close: Whether pyplot closes it then.

        Raises:
            TypeError, ValueError: An argument is not what it should be; nothing was written.
            ImportError: matplotlib is missing.
        """
        tag = self._written_tag(tag)
        file = image_file(tag, image_format, compression)
        several = figure if isinstance(figure, (list, tuple)) else [figure]
        encoding = figures(tag, render_figures(tag, several, close), self._image_style, file)
        self._encode_later(tag, encoding, global_step, walltime)

    def add_video(
        self,
        tag: str,
        vid_tensor: Any,
        global_step: int | None = None,
        fps: float = 4,
        walltime: float | None = None,
        dataformats: str = "NTCHW",
        *,
        video_format: VideoFormat = "gif",
    ) -> None:
        """Adds a video that plays for ever. Its pixels are copied now and encoded later.

        Args:
            tag, global_step, walltime: As for add_image().
            vid_tensor: An array or tensor, of dtypes as for add_image(). Several videos are put
                into a grid, their number rounded up to a power of two.
            fps: Frames per second.
            dataformats: What the dimensions are, in any order and case. T is time; C is 1 (grey), 3
                (RGB) or 4 (RGBA).
            video_format: "gif" needs Pillow, has 256 colours in a frame, no alpha, and at most 50
                frames per second; "apng" loses nothing.

        Raises:
            TypeError, ValueError: An argument is not what it should be; nothing was written.
            ImportError: Pillow is missing, and is needed.
        """
        tag = self._written_tag(tag)
        encoding = video(tag, vid_tensor, fps, dataformats, self._image_style, video_format)
        self._encode_later(tag, encoding, global_step, walltime)
