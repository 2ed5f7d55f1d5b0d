"""A complete book as a bag: its PDFs, its workbook, its manifest."""
